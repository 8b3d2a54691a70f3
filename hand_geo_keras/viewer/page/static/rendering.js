// Rotates points and renders them with depth; x right, y down, z away from the eye.

/** Rz(roll) Rx(pitch) Ry(yaw) in degrees, as in view_rotation.py. */
export function rotationOf({ yaw, pitch, roll }) {
  const [y, p, r] = [yaw, pitch, roll].map((angle) => (angle * Math.PI) / 180);
  const [cy, sy, cp, sp] = [Math.cos(y), Math.sin(y), Math.cos(p), Math.sin(p)];
  const [cr, sr] = [Math.cos(r), Math.sin(r)];
  const aboutY = [[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]];
  const aboutX = [[1, 0, 0], [0, cp, -sp], [0, sp, cp]];
  const aboutZ = [[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]];
  return product(aboutZ, product(aboutX, aboutY));
}

function product(a, b) {
  return a.map((row) => [0, 1, 2].map((k) => row.reduce((sum, v, i) => sum + v * b[i][k], 0)));
}

function rotated(points, rotation) {
  return points.map((p) => rotation.map((row) => row[0] * p[0] + row[1] * p[1] + row[2] * p[2]));
}

/** Points around their centre, and the radius of the ball that holds some part of them. */
export function centered(points, around = null, part = 1) {
  const centre = around ?? [0, 1, 2].map((k) => points.reduce((s, p) => s + p[k], 0) / points.length);
  const moved = points.map((p) => p.map((v, k) => v - centre[k]));
  const lengths = moved.map((p) => Math.hypot(...p)).sort((a, b) => a - b);
  return { points: moved, radius: lengths[Math.floor(part * (lengths.length - 1))] || 1 };
}

function prepared(canvas) {
  const size = Math.max(1, Math.round(canvas.clientWidth * (window.devicePixelRatio || 1)));
  if (canvas.width !== size) canvas.width = canvas.height = size;
  const context = canvas.getContext("2d");
  context.clearRect(0, 0, size, size);
  return { context, size };
}

function nearness(z, radius) {
  return Math.min(1, Math.max(0, 0.5 - z / (2 * radius)));
}

/** Latent points: near ones large and warm, far ones small and cold. */
export function renderPoints(canvas, cloud, rotation) {
  const { context, size } = prepared(canvas);
  const scale = (0.42 * size) / cloud.radius;
  const points = rotated(cloud.points, rotation).sort((a, b) => b[2] - a[2]);
  for (const [x, y, z] of points) {
    const near = nearness(z, cloud.radius);
    context.fillStyle = `hsl(${255 - 215 * near} 75% ${42 + 14 * near}% / ${0.35 + 0.6 * near})`;
    context.beginPath();
    context.arc(size / 2 + x * scale, size / 2 + y * scale, size * (0.006 + 0.011 * near), 0, 7);
    context.fill();
  }
}

/** Bones from far to near, far ones thin and pale. */
export function renderSkeleton(canvas, hand, rotation, edges, colors) {
  const { context, size } = prepared(canvas);
  const scale = (0.4 * size) / hand.radius;
  const joints = rotated(hand.points, rotation);
  const at = (j) => [size / 2 + joints[j][0] * scale, size / 2 + joints[j][1] * scale];
  const depth = ([a, b]) => joints[a][2] + joints[b][2];
  context.lineCap = "round";
  for (const edge of [...edges].sort((a, b) => depth(b) - depth(a))) {
    const near = nearness(depth(edge) / 2, hand.radius);
    const color = colors[edge[1]].join(" ");
    context.strokeStyle = context.fillStyle = `rgb(${color} / ${0.45 + 0.55 * near})`;
    context.lineWidth = size * (0.009 + 0.012 * near);
    context.beginPath();
    context.moveTo(...at(edge[0]));
    context.lineTo(...at(edge[1]));
    context.stroke();
    context.beginPath();
    context.arc(...at(edge[1]), context.lineWidth * 0.85, 0, 7);
    context.fill();
  }
}

/** The input with the skeleton over it; joints go from 0 to 1 across the image. */
export function renderOverlay(canvas, image, joints, edges, colors) {
  const { context, size } = prepared(canvas);
  context.imageSmoothingQuality = "high";
  context.drawImage(image, 0, 0, size, size);
  if (!joints) return;
  context.lineCap = "round";
  const at = (j) => joints[j].map((v) => v * size);
  const width = size * 0.011;
  for (const outline of [true, false]) { // a dark rim keeps colours readable on skin
    for (const [a, b] of edges) {
      context.strokeStyle = context.fillStyle = outline ? "rgb(0 0 0 / 0.5)" : `rgb(${colors[b].join(" ")})`;
      context.lineWidth = outline ? 1.7 * width : width;
      context.beginPath();
      context.moveTo(...at(a));
      context.lineTo(...at(b));
      context.stroke();
      context.beginPath();
      context.arc(...at(b), (outline ? 1.25 : 0.9) * width, 0, 7);
      context.fill();
    }
  }
  context.fillStyle = `rgb(${colors[0].join(" ")})`;
  context.beginPath();
  context.arc(...at(0), 0.9 * width, 0, 7);
  context.fill();
}

/** The whole frame of a camera with the box in which the hand was read. */
export async function renderFrame(canvas, { whole, box, width: realWidth, image: found }) {
  const image = Object.assign(new Image(), { src: whole });
  await image.decode();
  canvas.width = image.width;
  canvas.height = image.height;
  const context = canvas.getContext("2d");
  context.drawImage(image, 0, 0);
  if (!found) return;
  const [x, y, side] = box.map((v) => (v * image.width) / realWidth);
  for (const [color, width] of [["rgb(0 0 0 / 0.6)", 9], ["#fff", 4]]) {
    context.strokeStyle = color;
    context.lineWidth = width;
    context.strokeRect(x - side / 2, y - side / 2, side, side);
  }
}

/** Cameras from above, as triangles that open to where they look, and the hand. */
export function renderPlan(canvas, cameras, chosen, hand) {
  const { context, size } = prepared(canvas);
  const style = getComputedStyle(canvas), [ink, accent] = [style.color, style.accentColor];
  const points = [...cameras.map((camera) => camera.place), ...(hand ? [hand] : [])];
  const [low, high] = [Math.min, Math.max].map((least) => [0, 1].map((k) => least(...points.map((p) => p[k]))));
  const extent = Math.max(high[0] - low[0], high[1] - low[1], 1), scale = (0.56 * size) / extent;
  const at = (p) => [size / 2 + (p[0] - (low[0] + high[0]) / 2) * scale, size / 2 - (p[1] - (low[1] + high[1]) / 2) * scale];
  context.font = `${Math.round(size * 0.06)}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.lineWidth = size * 0.008;
  cameras.forEach(({ name, place, direction }, k) => {
    const [x, y] = at(place), [dx, dy] = [direction[0], -direction[1]], r = size * 0.085;
    context.strokeStyle = context.fillStyle = k === chosen ? accent : ink;
    context.beginPath();
    if (dx || dy) {
      context.moveTo(x, y);
      context.lineTo(x + r * (dx - 0.5 * dy), y + r * (dy + 0.5 * dx));
      context.lineTo(x + r * (dx + 0.5 * dy), y + r * (dy - 0.5 * dx));
      context.closePath();
    } else context.arc(x, y, r / 3, 0, 7);
    if (k === chosen) context.fill();
    context.stroke();
    context.fillStyle = ink;
    context.fillText(name, Math.min(size * 0.88, Math.max(size * 0.12, x)), Math.min(size * 0.97, y - dy * size * 0.07 + size * 0.02));
  });
  if (!hand) return;
  context.strokeStyle = accent;
  context.beginPath();
  context.arc(...at(hand), size * 0.025, 0, 7);
  context.stroke();
}
