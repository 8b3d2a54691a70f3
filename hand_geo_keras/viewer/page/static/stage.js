// The panels of each model: input with skeleton, novel view, 3D skeleton, latent points.

import { element, find } from "./page.js";
import { renderOverlay, renderPoints, renderSkeleton } from "./rendering.js";

export function makeRow(model) {
  const row = { model, input: canvas("Input with the skeleton over it"),
    view: element("img", { alt: "Novel view", draggable: false, className: "turns" }),
    bones: canvas("3D skeleton", "turns"), points: canvas("Latent points", "turns"),
    inputNote: caption("Input"),
    bonesNote: caption(model.pose ? "3D skeleton; depth is the least certain"
      : "No 3D skeleton: this model predicts no poses") };
  const input = figure(row.input, row.inputNote, "large"), bones = figure(row.bones, row.bonesNote);
  row.panels = model.views
    ? element("div", { className: "panels" }, input, figure(row.view, caption("Novel view, as decoded")), bones,
      figure(row.points, caption("Latent points; near ones are large and warm")))
    : element("div", { className: "panels without-views" }, input, bones, noViews(model));
  row.box = element("div", { className: "row" }, element("h2", { textContent: model.name }), row.panels);
  return row;
}

function canvas(name, className = "") {
  const made = element("canvas", { className });
  made.setAttribute("aria-label", name);
  made.setAttribute("role", "img");
  return made;
}

const caption = (textContent) => element("figcaption", { textContent });
const figure = (content, note, className = "") => element("figure", { className }, content, note);

function noViews(model) {
  return element("p", { className: "none" },
    element("strong", { textContent: "No novel view. " }),
    `${model.name} was trained to read joints and has no decoder that could synthesise views. `,
    "A model that has one: ", element("code", { textContent: "hand-geo view hand_128" }));
}

export function fillLegend(fingers) {
  find("legend").replaceChildren(...Object.entries(fingers).map(([name, color]) => {
    const dot = element("span", { className: "dot" });
    dot.style.background = `rgb(${color.join(" ")})`;
    return element("li", {}, dot, name);
  }));
}

/** What needs no server: the skeletons and the latent points from these angles. */
export function renderRow(row, k, hand, rotation, world) {
  const joints = hand.pixels[k];
  const shown = find("overlay").checked ? joints : null;
  if (hand.bitmap) renderOverlay(row.input, hand.bitmap, shown, world.edges, world.joint_colors);
  if (row.model.views && hand.clouds[k]) renderPoints(row.points, hand.clouds[k], rotation);
  if (hand.bones[k]) renderSkeleton(row.bones, hand.bones[k], rotation, world.edges, world.joint_colors);
  row.inputNote.textContent = inputText(hand, k);
}

function scoreText(score) {
  return `score ${score.toFixed(2)}${score < 0.5 ? ": probably no such hand here" : ""}`;
}

function inputText(hand, k) {
  const parts = [hand.source, `${hand.side} hand`];
  if (hand.score[k] != null) parts.push(scoreText(hand.score[k]));
  else if (hand.found) parts.push(`found by ${hand.found.by}, ${scoreText(hand.found.score)}`);
  return parts.filter(Boolean).join(" · ");
}
