// A small HLS player on Media Source Extensions: fMP4 only, one source buffer, wall-clock seeking.
//
// Buffer time 0 is the date of the first segment that was loaded; a picture taken at `date` is at
// (date - origin) / 1000. Gaps are holes in the buffer, which playback jumps over.
import { parseMediaPlaylist, parseMultivariantPlaylist } from "/console/playlist.js";

const aheadSeconds = 20;     // buffered before playback; more is memory without use
const behindSeconds = 30;    // kept after playback, for a step back
const liveSegments = 2;      // segments behind the newest at which live playback starts
const liveLagLimit = 15;     // seconds behind live from which playback jumps forward
const retryLimit = 5;        // fetches of one resource

export class Player {
  // `load(url, init)` is fetch with the viewer's rights. `notice(text)` shows or hides a message.
  constructor(video, { load, notice, onEnd }) {
    this.video = video;
    this.load = load;
    this.notice = notice;
    this.onEnd = onEnd ?? (() => {});
    this.generation = 0;
  }

  // Whether something has been put on the screen.
  get isShowing() {
    return this.isNative || (this.origin !== undefined && this.origin !== null);
  }

  // The date (ms since 1970) of the picture shown now; null before the first, or if the browser
  // plays by itself and does not tell.
  get date() {
    if (this.isNative) {
      const start = this.video.getStartDate?.().getTime();
      return Number.isFinite(start) ? start + this.video.currentTime * 1000 : null;
    }
    return this.origin === undefined || this.origin === null
      ? null : this.origin + this.video.currentTime * 1000;
  }

  stop() {
    this.generation += 1;
    this.origin = null;
    this.isNative = false;
    if (this.objectURL) URL.revokeObjectURL(this.objectURL);
    this.objectURL = null;
    this.video.removeAttribute("src");
    this.video.load();
  }

  // `index`: the multivariant playlist. `archive`: {url, at (ms)} for a recording, else live.
  // `native` gives the URL for a browser that plays HLS by itself, and sends no token.
  async play(index, native, archive) {
    this.stop();
    const generation = this.generation;
    const isCurrent = () => generation === this.generation;
    try {
      const variants = parseMultivariantPlaylist(await this.text(index, isCurrent), absolute(index));
      if (variants.length === 0) throw new Error("there is no video yet");
      const type = `video/mp4; codecs="${variants[0].codecs}"`;
      if (!("MediaSource" in window)) return await this.playNatively(await native(), isCurrent);
      if (!MediaSource.isTypeSupported(type)) {
        const isHEVC = /hvc1|hev1/.test(variants[0].codecs);
        this.notice(isHEVC
          ? "This browser cannot decode H.265. The camera is recorded; watch it in Safari or a player with H.265."
          : `This browser cannot decode ${variants[0].codecs}.`);
        return;
      }
      this.notice(null);
      const buffer = await this.open(type);
      if (!isCurrent()) return;
      const source = archive ? new ArchiveSource(archive) : new LiveSource(variants[0].uri);
      await this.feed(source, buffer, isCurrent);
    } catch (error) {
      if (isCurrent()) this.notice(error.message);
    }
  }

  async playNatively(url, isCurrent) {
    if (!isCurrent()) return;
    this.video.src = url;
    await this.video.play();
    this.isNative = isCurrent();
  }

  open(type) {
    return new Promise((resolve, reject) => {
      this.media = new MediaSource();
      this.media.addEventListener("sourceopen", () => {
        try {
          const buffer = this.media.addSourceBuffer(type);
          buffer.mode = "sequence";
          resolve(buffer);
        } catch (error) { reject(error); }
      }, { once: true });
      this.objectURL = URL.createObjectURL(this.media);
      this.video.src = this.objectURL;
    });
  }

  async feed(source, buffer, isCurrent) {
    let map = null;
    let expected = null;      // date at which the next segment continues without a hole
    while (isCurrent()) {
      const segment = await source.next(this, isCurrent);
      if (!isCurrent()) return;
      if (segment === null) {
        await this.drain(isCurrent);
        if (isCurrent()) this.onEnd();
        return;
      }
      if (segment.gap) {
        expected = null;
        continue;
      }
      const data = await this.bytes(segment.uri, segment.range, isCurrent, !source.isLive);
      if (!isCurrent()) return;
      if (data === null) {
        expected = null;
        continue;
      }
      if (this.origin === null) this.origin = segment.date;
      const key = segment.map.uri + "#" + JSON.stringify(segment.map.range);
      if (key !== map) {
        const head = await this.bytes(segment.map.uri, segment.map.range, isCurrent, true);
        if (!isCurrent()) return;
        await append(buffer, head);
        map = key;
        expected = null;
      }
      if (expected === null || segment.discontinuity) {
        buffer.timestampOffset = Math.max(0, (segment.date - this.origin) / 1000);
      }
      await append(buffer, data);
      expected = segment.date + segment.duration * 1000;
      this.steer(source);
      await this.trim(buffer);
      await this.waitForRoom(isCurrent);
    }
  }

  // Starts playback, jumps over holes, and catches up with live.
  steer(source) {
    const video = this.video;
    const ranges = video.buffered;
    if (ranges.length === 0) return;
    const end = ranges.end(ranges.length - 1);
    if (!this.started || this.started !== this.generation) {
      this.started = this.generation;
      video.currentTime = Math.max(ranges.start(0), source.startOffset(this.origin));
      video.play().catch(() => {});
    }
    for (let index = 0; index < ranges.length; index += 1) {
      const start = ranges.start(index);
      const isBefore = index === 0 || video.currentTime >= ranges.end(index - 1) - 0.3;
      if (video.currentTime < start && isBefore) video.currentTime = start + 0.01;
    }
    if (source.isLive && end - video.currentTime > liveLagLimit) video.currentTime = end - 4;
  }

  async trim(buffer) {
    const limit = this.video.currentTime - behindSeconds;
    if (limit > 0 && buffer.buffered.length > 0 && buffer.buffered.start(0) < limit) {
      buffer.remove(0, limit);
      await settled(buffer);
    }
  }

  async waitForRoom(isCurrent) {
    while (isCurrent()) {
      const ranges = this.video.buffered;
      const end = ranges.length ? ranges.end(ranges.length - 1) : 0;
      if (end - this.video.currentTime < aheadSeconds) return;
      await pause(250);
      this.steer({ isLive: false, startOffset: () => 0 });
    }
  }

  async drain(isCurrent) {
    while (isCurrent()) {
      const ranges = this.video.buffered;
      const end = ranges.length ? ranges.end(ranges.length - 1) : 0;
      if (this.video.currentTime >= end - 0.4) return;
      await pause(200);
      this.steer({ isLive: false, startOffset: () => 0 });
    }
  }

  async text(url, isCurrent) {
    const answer = await this.fetch(url, {}, isCurrent);
    return answer.text();
  }

  // Null when a live segment cannot be had: a hole is better than a stop.
  async bytes(url, range, isCurrent, isNeeded) {
    const headers = range ? { Range: `bytes=${range.start}-${range.end}` } : {};
    try {
      const answer = await this.fetch(url, { headers }, isCurrent);
      return await answer.arrayBuffer();
    } catch (error) {
      if (isNeeded) throw error;
      return null;
    }
  }

  async fetch(url, init, isCurrent) {
    let failure = null;
    for (let attempt = 0; attempt < retryLimit && isCurrent(); attempt += 1) {
      try {
        const answer = await this.load(url, init);
        if (answer.ok) return answer;
        failure = new Error(`the server answered ${answer.status}`);
        if (answer.status < 500 && answer.status !== 429) break;
      } catch (error) { failure = error; }
      await pause(300 * 2 ** attempt * (0.5 + Math.random() / 2));
    }
    throw failure ?? new Error("stopped");
  }
}

// Segments of a sliding playlist, newest first at the start, then each new one.
class LiveSource {
  constructor(url) {
    this.url = url;
    this.isLive = true;
    this.queue = [];
    this.lastSequence = null;
  }

  startOffset() { return 0; }

  async next(player, isCurrent) {
    while (this.queue.length === 0 && isCurrent()) {
      const text = await player.text(this.url, isCurrent);
      const list = parseMediaPlaylist(text, absolute(this.url));
      if (this.lastSequence === null) {
        const media = list.segments.filter((segment) => !segment.gap);
        this.queue = media.slice(-liveSegments);
      } else {
        this.queue = list.segments.filter((segment) => segment.sequence > this.lastSequence);
      }
      const last = list.segments[list.segments.length - 1];
      if (last && (this.lastSequence !== null || this.queue.length > 0)) {
        this.lastSequence = last.sequence;
      }
      if (this.queue.length === 0) await pause(1000);
    }
    return this.queue.shift() ?? null;
  }
}

// Segments of a recording, from the one that holds `at`.
class ArchiveSource {
  constructor({ url, at }) {
    this.url = url;
    this.at = at;
    this.isLive = false;
    this.queue = null;
  }

  startOffset(origin) { return Math.max(0, (this.at - origin) / 1000); }

  async next(player, isCurrent) {
    if (this.queue === null) {
      const list = parseMediaPlaylist(await player.text(this.url, isCurrent), absolute(this.url));
      this.queue = list.segments.filter(
        (segment) => segment.date + segment.duration * 1000 > this.at);
      if (!this.queue.some((segment) => !segment.gap)) {
        throw new Error("nothing was recorded in this span");
      }
    }
    return this.queue.shift() ?? null;
  }
}

function absolute(url) { return new URL(url, location.href).href; }
function pause(milliseconds) { return new Promise((done) => setTimeout(done, milliseconds)); }

function settled(buffer) {
  return buffer.updating
    ? new Promise((done) => buffer.addEventListener("updateend", done, { once: true }))
    : Promise.resolve();
}

function append(buffer, data) {
  return new Promise((resolve, reject) => {
    buffer.addEventListener("error", () => reject(new Error("the video cannot be decoded")), { once: true });
    buffer.addEventListener("updateend", () => resolve(), { once: true });
    buffer.appendBuffer(data);
  });
}
