// One camera's recordings over a span of time: recorded in green, gaps in red, nothing in grey.

const colors = { recorded: "#3fb37f", gap: "#e0594f", back: "#2b333b", now: "#e8ecef", mark: "#4c9be8" };
const reasons = {
  camera_offline: "camera offline", connect_failed: "no connection",
  auth_failed: "wrong user name or password", packet_loss: "packets lost",
  no_keyframe: "no key frame", time_jump: "the camera's clock jumped",
  recorder_crash: "recorder restarted", worker_down: "recorder was off", disk_full: "disk full",
};

export class Timeline {
  // `onPick(date)` gets the moment (ms) that was clicked.
  constructor(canvas, { onPick }) {
    this.canvas = canvas;
    this.minutes = 60;
    this.data = { recorded: [], gaps: [] };
    this.mark = null;
    canvas.addEventListener("click", (event) => {
      const box = canvas.getBoundingClientRect();
      onPick(this.dateAt((event.clientX - box.left) / box.width));
    });
    canvas.addEventListener("keydown", (event) => {
      if (event.key === "Enter") onPick(this.mark ?? this.to - 60_000);
    });
    canvas.addEventListener("mousemove", (event) => {
      const box = canvas.getBoundingClientRect();
      const date = this.dateAt((event.clientX - box.left) / box.width);
      const gap = this.data.gaps.find((one) => date >= Date.parse(one.start) && date < Date.parse(one.end));
      const what = gap ? ` — gap: ${reasons[gap.reason] ?? gap.reason}` : "";
      canvas.title = new Date(date).toLocaleTimeString() + what;
    });
  }

  get to() { return Date.now(); }
  get from() { return this.to - this.minutes * 60_000; }

  dateAt(share) { return this.from + share * (this.to - this.from); }

  show(data) {
    this.data = data;
    this.draw();
  }

  draw() {
    const { canvas } = this;
    canvas.width = Math.max(1, Math.round(canvas.clientWidth * (window.devicePixelRatio || 1)));
    const context = canvas.getContext("2d");
    const { width, height } = canvas;
    const { from, to } = this;
    const x = (date) => ((date - from) / (to - from)) * width;
    const span = (one, color, top, bottom) => {
      const left = Math.max(0, x(Date.parse(one.start)));
      const right = Math.min(width, x(Date.parse(one.end)));
      if (right < 0 || left > width) return;
      context.fillStyle = color;
      context.fillRect(left, top, Math.max(1.5, right - left), bottom - top);
    };
    context.fillStyle = colors.back;
    context.fillRect(0, 0, width, height);
    for (const one of this.data.recorded) span(one, colors.recorded, 8, height - 8);
    for (const one of this.data.gaps) span(one, colors.gap, 8, height - 8);
    if (this.mark !== null) {
      context.fillStyle = colors.mark;
      context.fillRect(x(this.mark) - 1, 0, 2, height);
    }
  }
}
