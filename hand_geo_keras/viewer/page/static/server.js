// Asks the local server, and notices when it is gone and when it is back.

import { ask as askOnce, Lost } from "./ask.js";
import { find } from "./page.js";

const RETRY_MS = 2000, BUSY_MS = 1000, MOST_BUSY = 5, BUSY = 503;
let session = null, timer = null;
let whenBack = () => {};

export { Lost };

export async function ask(route, request = {}) {
  for (let attempt = 1; ; attempt++) {
    try {
      const content = await askOnce(route, request);
      if (content.session) session ??= content.session;
      return content;
    } catch (error) {
      if (error instanceof Lost) lost();
      if (error.status !== BUSY || attempt === MOST_BUSY) throw error;
      await new Promise((done) => setTimeout(done, BUSY_MS)); // too many connections just now
    }
  }
}

/** Calls a function whenever the server answers again. */
export function onReturn(callback) {
  whenBack = callback;
  find("retry").onclick = look;
}

function lost() {
  document.body.classList.add("is-lost");
  find("lost").hidden = false;
  clearTimeout(timer);
  timer = setTimeout(look, RETRY_MS);
}

async function look() {
  clearTimeout(timer);
  const known = session;
  let answer;
  try { answer = await ask("alive"); } catch { return; }
  if (known && answer.session !== known) { location.reload(); return; } // another server
  find("lost").hidden = true;
  document.body.classList.remove("is-lost");
  whenBack();
}
