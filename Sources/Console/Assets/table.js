// Tables of things that the API lists in pages.
import * as api from "/console/api.js";

export const dated = (text) => (text ? new Date(text).toLocaleString() : "");

// A button that does one thing; what goes wrong is said.
export function button(text, action) {
  const node = document.createElement("button");
  node.type = "button";
  node.textContent = text;
  node.addEventListener("click", async () => {
    node.disabled = true;
    try { await action(); } catch (error) { alert(error.message); }
    node.disabled = false;
  });
  return node;
}

// A row of texts and nodes.
export function row(cells, id) {
  const line = document.createElement("tr");
  if (id) line.dataset.id = id;
  for (const cell of cells) {
    const box = document.createElement("td");
    box.append(...[cell ?? ""].flat());
    line.append(box);
  }
  return line;
}

// Shows the first page of `path` in the table of a section, and the others at its button; hides the
// section from those who may not see it.
export async function showPages(section, path, toRow) {
  const body = section.querySelector("tbody");
  const more = section.querySelector(".more");
  const turn = Symbol();
  section.turn = turn;
  async function page(cursor) {
    const sign = path.includes("?") ? "&" : "?";
    const found = await api.get(path + (cursor ? `${sign}cursor=${encodeURIComponent(cursor)}` : ""));
    if (section.turn !== turn) return;
    const rows = found.items.map(toRow);
    if (cursor) body.append(...rows); else body.replaceChildren(...rows);
    if (!more) return;
    more.hidden = !found.next;
    more.onclick = () => page(found.next).catch((error) => alert(error.message));
  }
  try {
    await page(null);
    section.hidden = false;
  } catch (error) {
    section.hidden = true;
    if (error.status !== 403) throw error;
  }
}
