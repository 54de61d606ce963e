// The first page: log in, every camera live, its timeline, and any recorded moment on a click.
import * as api from "/console/api.js";
import { closeFactor, openFactor, prepareFactor } from "/console/factor.js";
import { closeOrganisation, openOrganisation, prepareOrganisation } from "/console/organisation.js";
import { Player } from "/console/player.js";
import { Timeline } from "/console/timeline.js";

const refreshInterval = 5_000;      // ms between looks at cameras and timelines
const archiveSpan = 60 * 60_000;    // ms of recording that one playback loads at most
const liveDelay = 12_000;           // ms before now from which a click plays live

const element = (id) => document.getElementById(id);
const cards = new Map();
let stage = null;

function noticeIn(screen) {
  const box = screen.querySelector(".notice");
  return (text) => {
    box.textContent = text ?? "";
    box.hidden = !text;
  };
}

class Card {
  constructor(camera) {
    this.camera = camera;
    this.node = element("camera-card").content.firstElementChild.cloneNode(true);
    this.node.dataset.camera = camera.id;
    this.player = new Player(this.node.querySelector("video"), {
      load: api.load, notice: noticeIn(this.node.querySelector(".screen")),
    });
    this.timeline = new Timeline(this.node.querySelector("canvas"), {
      onPick: (date) => openStage(this, date),
    });
    for (const button of this.node.querySelectorAll("[data-minutes]")) {
      button.addEventListener("click", () => this.zoom(Number(button.dataset.minutes)));
    }
    this.node.querySelector(".screen").addEventListener("click", () => openStage(this, null));
    this.node.querySelector(".remove").addEventListener("click", () => this.remove());
    element("cameras").append(this.node);
    this.zoom(60);
    this.update(camera);
    this.start();
  }

  update(camera) {
    this.camera = camera;
    this.node.querySelector(".name").textContent = camera.name;
    const state = this.node.querySelector(".state");
    state.textContent = camera.state.replace("_", " ");
    state.className = `state ${camera.state}`;
    this.node.dataset.state = camera.state;
  }

  // Live video starts as soon as there is a segment; until then it is tried again.
  async start() {
    if (this.isPlaying) return;
    this.isPlaying = true;
    await this.player.play(`/hls/${this.camera.id}/index.m3u8`, signedPlaylist(this.camera, "live"));
    this.isPlaying = false;
  }

  zoom(minutes) {
    this.timeline.minutes = minutes;
    for (const button of this.node.querySelectorAll("[data-minutes]")) {
      button.setAttribute("aria-pressed", String(Number(button.dataset.minutes) === minutes));
    }
    this.node.querySelector(".from").textContent = minutes >= 60 ? `${minutes / 60} h ago` : `${minutes} min ago`;
    this.refreshTimeline();
  }

  async refreshTimeline() {
    const { from, to } = this.timeline;
    const query = `from=${new Date(from).toISOString()}&to=${new Date(to).toISOString()}`;
    try {
      this.timeline.show(await api.get(`/api/v1/cameras/${this.camera.id}/timeline?${query}`));
    } catch { /* the next look follows in seconds */ }
  }

  async remove() {
    if (!confirm(`Stop recording “${this.camera.name}”? Its footage stays until its retention ends.`)) return;
    try {
      await api.send("DELETE", `/api/v1/cameras/${this.camera.id}`);
    } catch (error) { alert(error.message); }
    await refresh();
  }

  close() {
    this.player.stop();
    this.node.remove();
  }
}

// A playlist whose URL alone is enough, for a player that sends no token.
function signedPlaylist(camera, kind, query = "") {
  return async () => (await api.get(`/api/v1/cameras/${camera.id}/playback?${query}`))[kind];
}

// The large picture: live when `date` is null or recent, else the recording from that moment on.
function openStage(card, date) {
  closeStage();
  const video = element("stage-video");
  const player = new Player(video, {
    load: api.load, notice: noticeIn(element("stage").querySelector(".screen")),
    onEnd: () => openStage(card, null),
  });
  const isLive = date === null || Date.now() - date < liveDelay;
  stage = { card, player, isLive };
  element("stage").hidden = false;
  element("stage").dataset.mode = isLive ? "live" : "archive";
  element("stage").dataset.date = "";
  element("stage-name").textContent = card.camera.name;
  const index = `/hls/${card.camera.id}/index.m3u8`;
  if (isLive) {
    player.play(index, signedPlaylist(card.camera, "live"));
  } else {
    const to = Math.min(Date.now(), date + archiveSpan);
    const query = `from=${new Date(date).toISOString()}&to=${new Date(to).toISOString()}`;
    const native = signedPlaylist(card.camera, "archive", query);
    player.play(index, native, { url: `/hls/${card.camera.id}/archive.m3u8?${query}`, at: date });
  }
  element("stage").scrollIntoView({ block: "nearest" });
}

function closeStage() {
  if (!stage) return;
  stage.player.stop();
  stage.card.timeline.mark = null;
  stage.card.timeline.draw();
  stage = null;
  element("stage").hidden = true;
}

function showStageTime() {
  if (!stage) return;
  const date = stage.player.date;
  element("stage-time").textContent = date === null ? "" : new Date(date).toLocaleString();
  element("stage").dataset.date = date === null ? "" : String(Math.round(date));
  element("stage-pause").textContent = element("stage-video").paused ? "Play" : "Pause";
  stage.card.timeline.mark = stage.isLive ? null : date;
  stage.card.timeline.draw();
}

async function allCameras() {
  const all = [];
  let cursor = null;
  do {
    const page = await api.get("/api/v1/cameras?limit=100" + (cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""));
    all.push(...page.items);
    cursor = page.next ?? null;
  } while (cursor);
  return all;
}

const alertWords = {
  camera_down: "no picture", camera_degraded: "degraded", recording_gap: "not recorded",
  spool_filling: "spool nearly full", footage_lost: "footage lost",
};

// What nobody has resolved yet, the newest first; nothing for those who may not know.
async function refreshAlerts() {
  let alerts;
  try { alerts = (await api.get("/api/v1/alerts?state=unresolved&limit=100")).items; } catch { return; }
  element("alerts").hidden = alerts.length === 0;
  element("alert-count").textContent = alerts.length === 1 ? "1 alert" : `${alerts.length} alerts`;
  element("alert-list").replaceChildren(...alerts.map((one) => {
    const item = document.createElement("li");
    item.dataset.alert = one.id;
    item.className = one.state;
    const name = cards.get(one.camera_id)?.camera.name ?? one.camera_id;
    const text = document.createElement("span");
    text.textContent = `${name}: ${alertWords[one.kind] ?? one.kind} since ` +
      `${new Date(one.opened_at).toLocaleString()} (${one.reasons.join("; ")})`;
    item.append(text);
    if (one.state === "open") {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = "Acknowledge";
      button.addEventListener("click", async () => {
        button.disabled = true;
        try { await api.send("POST", `/api/v1/alerts/${one.id}/acknowledge`); } catch (error) { alert(error.message); }
        await refreshAlerts();
      });
      item.append(button);
    }
    return item;
  }));
}

async function refresh() {
  if (!api.isLoggedIn() || api.mustEnrol()) return;
  let cameras;
  try { cameras = await allCameras(); } catch { return; }
  const known = new Set(cameras.map((camera) => camera.id));
  for (const [id, card] of cards) {
    if (!known.has(id)) {
      if (stage?.card === card) closeStage();
      card.close();
      cards.delete(id);
    }
  }
  for (const camera of cameras) {
    const card = cards.get(camera.id);
    if (card) card.update(camera); else cards.set(camera.id, new Card(camera));
  }
  await refreshAlerts();
  for (const card of cards.values()) {
    card.refreshTimeline();
    if (!card.isPlaying && card.camera.state === "live" && !card.player.isShowing) card.start();
  }
}

function closeCards() {
  closeStage();
  for (const card of cards.values()) card.close();
  cards.clear();
}

// Says whose cameras are shown while another organisation is visited.
function showVisit() {
  const visit = api.visit();
  element("visit").hidden = !visit;
  element("visit-text").textContent = visit
    ? `You visit ${visit.name} until ${new Date(visit.until).toLocaleTimeString()}. They see it.` : "";
}

// What failed while there is a login is tried again: the server may be busy, or away.
async function showWhatThereIs() {
  try {
    await showConsole();
  } catch (error) {
    if (!api.isLoggedIn()) return showLogin();
    element("who").textContent = `${error.message} Trying again …`;
    setTimeout(showWhatThereIs, refreshInterval);
  }
}

async function changeOrganisation() {
  closeCards();
  await showWhatThereIs();
}

async function showConsole() {
  const who = await api.get("/api/v1/me");
  showVisit();
  element("who").textContent = `${who.email} · ${who.tenant?.name ?? who.tenant ?? ""}`;
  element("login").hidden = true;
  element("logout").hidden = false;
  if (api.mustEnrol()) return showFactor();
  element("factor").hidden = true;
  element("factor-open").hidden = api.visit() !== null;
  element("organisation").hidden = true;
  element("organisation-open").hidden = false;
  element("console").hidden = false;
  await refresh();
}

async function showOrganisation() {
  closeStage();
  closeFactor();
  await openOrganisation(await api.get("/api/v1/me"));
  for (const id of ["console", "factor"]) element(id).hidden = true;
  element("organisation").hidden = false;
}

async function showFactor() {
  closeStage();
  closeOrganisation();
  await openFactor();
  for (const id of ["console", "organisation"]) element(id).hidden = true;
  element("factor").hidden = false;
}

function showLogin() {
  closeCards();
  showVisit();
  element("who").textContent = "";
  element("login").hidden = false;
  element("code").hidden = true;
  element("login").reset();
  closeFactor();
  closeOrganisation();
  const shown = ["console", "logout", "factor", "factor-open", "organisation", "organisation-open"];
  for (const id of shown) element(id).hidden = true;
}

function onSubmit(form, action) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const problem = form.querySelector(".problem");
    problem.textContent = "";
    try { await action(new FormData(form)); } catch (error) { problem.textContent = error.message; }
  });
}

const providerWords = {
  unavailable: "This organisation has no other login than this one, or its provider does not answer.",
  expired: "That login took too long, was finished already, or began in another browser. Try again.",
  denied: "The provider did not let you in, or you did not want to.",
  provider_failed: "The provider's answer cannot be used. Try again, or ask who runs it.",
  second_factor_needed: "Your organisation requires a second factor, and the provider asked for none.",
  not_allowed: "There is no account here for that person. Ask an owner of the organisation.",
};

// What a browser comes back with from a provider, taken out of the address bar and the history at once.
async function takeProviderLogin() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const login = fragment.get("login");
  const error = fragment.get("login_error");
  if (login === null && error === null) return;
  history.replaceState(null, "", location.pathname);
  const problem = element("login").querySelector(".problem");
  if (error !== null) { problem.textContent = providerWords[error] ?? providerWords.provider_failed; return; }
  try { await api.finishLogin(login); } catch (failure) { problem.textContent = failure.message; }
}

element("provider").addEventListener("click", () => {
  const form = element("login");
  const tenant = form.elements.tenant.value.trim();
  form.querySelector(".problem").textContent = tenant ? "" : "Fill in the organisation first.";
  if (tenant) api.goToProvider(tenant);
});
onSubmit(element("login"), async (fields) => {
  try {
    await api.logIn(...["email", "password", "tenant", "code"].map((name) => fields.get(name)));
  } catch (error) {
    // The password was right.
    if (error.type?.startsWith("urn:sparc:problem:second-factor-")) {
      element("code").hidden = false;
      element("login").elements.code.value = "";
      element("login").elements.code.focus();
    }
    throw error;
  }
  await showConsole();
});
onSubmit(element("add"), async (fields) => {
  await api.send("POST", "/api/v1/cameras", { name: fields.get("name"), url: fields.get("url") });
  element("add").reset();
  await refresh();
});
element("logout").addEventListener("click", async () => { await api.logOut(); showLogin(); });
element("factor-open").addEventListener("click", () => {
  if (element("factor").hidden) showFactor().catch((error) => alert(error.message));
  else { closeFactor(); showConsole(); }
});
prepareFactor({ done: showConsole });
element("organisation-open").addEventListener("click", () => {
  const next = element("organisation").hidden ? showOrganisation : async () => { closeOrganisation(); await showConsole(); };
  next().catch((error) => alert(error.message));
});
prepareOrganisation();
element("visit-leave").addEventListener("click", async () => {
  closeCards();
  await api.leaveVisit().catch((error) => alert(error.message));
  await changeOrganisation();
});
for (const name of ["sparc-visit", "sparc-visit-over"]) {
  window.addEventListener(name, () => { closeOrganisation(); changeOrganisation(); });
}
element("stage-close").addEventListener("click", closeStage);
element("stage-live").addEventListener("click", () => stage && openStage(stage.card, null));
element("stage-pause").addEventListener("click", () => {
  const video = element("stage-video");
  if (video.paused) video.play(); else video.pause();
});
window.addEventListener("sparc-logged-out", showLogin);
setInterval(refresh, refreshInterval);
setInterval(showStageTime, 250);

await takeProviderLogin();
if (api.isLoggedIn()) showWhatThereIs(); else showLogin();
