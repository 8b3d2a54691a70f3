// Asks the server of the page: the one way from every page to Python.

/** The server does not answer at all. */
export class Lost extends Error {}

export async function ask(route, request = {}) {
  const answer = await fetch(`/api/${route}`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(request),
  }).catch(() => { throw new Lost("The server does not answer; is it still running?"); });
  const content = await answer.json().catch(() => ({ error: "The server is busy." }));
  if (!answer.ok) throw Object.assign(new Error(content.error), { status: answer.status });
  return content;
}
