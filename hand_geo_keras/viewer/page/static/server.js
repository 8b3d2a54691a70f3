// Asks the local server, and notices when it is gone and when it is back.

import { find } from "./page.js";

const RETRY_MS = 2000, BUSY_MS = 1000, MOST_BUSY = 5;
let session = null, timer = null;
let whenBack = () => {};

export class Lost extends Error {}

export async function ask(route, request = {}) {
  for (let attempt = 1; ; attempt++) {
    const answer = await post(route, request);
    if (answer.status === 503 && attempt < MOST_BUSY) { // too many connections just now
      await new Promise((done) => setTimeout(done, BUSY_MS));
      continue;
    }
    const content = await answer.json().catch(() => ({ error: "The server is busy." }));
    if (!answer.ok) throw Object.assign(new Error(content.error), { status: answer.status });
    if (content.session) session ??= content.session;
    return content;
  }
}

async function post(route, request) {
  try {
    return await fetch(`/api/${route}`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(request),
    });
  } catch {
    lost();
    throw new Lost("The server does not answer; is it still running?");
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
