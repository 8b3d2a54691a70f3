// One camera's image with the skeleton: what is shown of it, and what lies under a finger.

const PICK = 22, MARGIN = 1.6;

export class View {
  constructor(camera, canvas) {
    this.camera = camera;
    this.canvas = canvas;
    this.image = null;
    this.whole();
  }

  whole() {
    const [width, height] = this.camera.size;
    this.shown = { x: width / 2, y: height / 2, span: Math.max(width, height) };
  }

  /** Shows the hand with some air around it. */
  around(pixels) {
    const low = [0, 1].map((k) => Math.min(...pixels.map((p) => p[k])));
    const high = [0, 1].map((k) => Math.max(...pixels.map((p) => p[k])));
    const span = MARGIN * Math.max(high[0] - low[0], high[1] - low[1]);
    const visible = low[0] < this.camera.size[0] && low[1] < this.camera.size[1] && high[0] > 0 && high[1] > 0;
    if (!visible || !(span > 4)) { this.whole(); return; }
    this.shown = { x: (low[0] + high[0]) / 2, y: (low[1] + high[1]) / 2,
      span: Math.min(span, Math.max(...this.camera.size)) };
  }

  zoomBy(factor) {
    const most = 1.5 * Math.max(...this.camera.size);
    this.shown.span = Math.min(most, Math.max(16, this.shown.span * factor));
  }

  get scale() { return this.canvas.clientWidth / this.shown.span; }

  /** From pixels of the camera to the canvas (in CSS pixels), and back. */
  toCanvas([x, y]) {
    const side = this.canvas.clientWidth / 2;
    return [(x - this.shown.x) * this.scale + side, (y - this.shown.y) * this.scale + side];
  }

  toCamera(event) {
    const box = this.canvas.getBoundingClientRect();
    return [(event.clientX - box.x - box.width / 2) / this.scale + this.shown.x,
      (event.clientY - box.y - box.height / 2) / this.scale + this.shown.y];
  }

  /** The joint under a pointer, or null; the selected one before others. */
  jointAt(event, pixels, selected) {
    const [x, y] = this.toCamera(event);
    const away = pixels.map((p) => Math.hypot(p[0] - x, p[1] - y) * this.scale);
    if (away[selected] <= PICK / 2) return selected;
    const best = away.indexOf(Math.min(...away));
    return away[best] <= PICK ? best : null;
  }

  render(pixels, { edges, colors, selected, placed, lines }) {
    const ratio = window.devicePixelRatio || 1, side = this.canvas.clientWidth;
    const size = Math.max(1, Math.round(side * ratio));
    if (this.canvas.width !== size) this.canvas.width = this.canvas.height = size;
    const context = this.canvas.getContext("2d");
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, side, side);
    if (this.image) {
      // A pixel's centre is at a whole number.
      const [left, top] = this.toCanvas([-0.5, -0.5]);
      context.imageSmoothingQuality = "high";
      context.drawImage(this.image, left, top, this.image.width * this.scale, this.image.height * this.scale);
    }
    this.renderLines(context, lines);
    context.lineCap = "round";
    for (const [from, to] of edges) {
      context.strokeStyle = `rgb(${colors[to].join(" ")} / .9)`;
      context.lineWidth = 2;
      stroke(context, [this.toCanvas(pixels[from]), this.toCanvas(pixels[to])]);
    }
    pixels.forEach((pixel, joint) => {
      const [x, y] = this.toCanvas(pixel);
      context.beginPath();
      context.arc(x, y, joint === selected ? 6 : 3.5, 0, 7);
      context.fillStyle = `rgb(${colors[joint].join(" ")})`;
      context.fill();
      context.lineWidth = placed.has(joint) ? 2.5 : 1;
      context.strokeStyle = placed.has(joint) ? "#fff" : "#0009";
      context.stroke();
    });
    const [x, y] = this.toCanvas(pixels[selected]);
    context.beginPath();
    context.arc(x, y, 12, 0, 7);
    context.strokeStyle = "#fff";
    context.lineWidth = 1.5;
    context.stroke();
  }

  renderLines(context, lines) {
    for (const line of lines) {
      const points = line.map((p) => this.toCanvas(p));
      for (const [width, color, dash] of [[4, "#0008", []], [2, "#ffe34d", [7, 5]]]) {
        context.setLineDash(dash);
        context.lineWidth = width;
        context.strokeStyle = color;
        stroke(context, points);
      }
      context.setLineDash([]);
    }
  }
}

function stroke(context, points) {
  context.beginPath();
  points.forEach(([x, y], k) => (k ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.stroke();
}
