// Small helpers that every part of the page needs.

export const find = (id) => document.getElementById(id);

export function element(name, properties = {}, ...children) {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
}

export function tell(error) {
  find("error").textContent = error ? error.message : "";
  find("error").hidden = !error;
}

/** What the page is busy with; shown until it is done. */
export async function during(text, task) {
  find("status").textContent = text;
  find("stage").classList.add("busy");
  try {
    return await task();
  } finally {
    if (find("status").textContent === text) find("status").textContent = "";
    find("stage").classList.remove("busy");
  }
}

export function pressed(button, on = null) {
  if (on !== null) button.setAttribute("aria-pressed", String(on));
  return button.getAttribute("aria-pressed") === "true";
}
