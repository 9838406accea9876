// Shapes as flat arrays in map pixels of zoom 0 (the world is 256 wide); see shapes.py for the encoding.

const WORLD = 256;

function worldX(lon) {
  return (lon / 360 + 0.5) * WORLD;
}

function worldY(lat) {
  const sine = Math.sin(lat * Math.PI / 180);
  return (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * WORLD;
}

/** Turn counts into start positions: [2, 3] becomes [0, 2, 5]. */
function starts(counts) {
  const result = new Uint32Array(counts.length + 1);
  for (let i = 0; i < counts.length; i++) result[i + 1] = result[i] + counts[i];
  return result;
}

/** Decode one block: positions, where rings and features begin, and a box per feature. */
function unpack(block) {
  const {first, steps, sizes} = block, n = (first.length + steps.length) / 2, x = new Float64Array(n), y = new Float64Array(n);
  for (let r = 0, i = 0, s = 0, startLon = 0, startLat = 0; r < sizes.length; r++) {
    let lon = startLon += first[2 * r], lat = startLat += first[2 * r + 1];
    for (const end = i + sizes[r]; ;) {
      x[i] = worldX(lon / 1e5);
      y[i] = worldY(lat / 1e5);
      if (++i === end) break;
      lon += steps[s++];
      lat += steps[s++];
    }
  }
  const shape = {kind: block.kind, rows: block.rows, x, y, ring: starts(sizes), feature: starts(block.rings)};
  shape.box = boxes(shape);
  return shape;
}

/** West, north, east and south of each feature. */
function boxes(shape) {
  const n = shape.rows.length, box = new Float64Array(4 * n);
  for (let f = 0; f < n; f++) {
    let w = Infinity, t = Infinity, e = -Infinity, b = -Infinity;
    for (let i = shape.ring[shape.feature[f]]; i < shape.ring[shape.feature[f + 1]]; i++) {
      w = Math.min(w, shape.x[i]); e = Math.max(e, shape.x[i]);
      t = Math.min(t, shape.y[i]); b = Math.max(b, shape.y[i]);
    }
    box.set([w, t, e, b], 4 * f);
  }
  return box;
}

/** West, north, east, south of several shapes together, or null. */
function extent(shapes) {
  const all = [Infinity, Infinity, -Infinity, -Infinity];
  for (const shape of shapes) {
    for (let i = 0; i < shape.box.length; i += 4) {
      all[0] = Math.min(all[0], shape.box[i]); all[1] = Math.min(all[1], shape.box[i + 1]);
      all[2] = Math.max(all[2], shape.box[i + 2]); all[3] = Math.max(all[3], shape.box[i + 3]);
    }
  }
  return all[0] <= all[2] ? all : null;
}

function insideRings(shape, f, px, py) {
  let inside = false;
  for (let r = shape.feature[f]; r < shape.feature[f + 1]; r++) {
    const from = shape.ring[r], to = shape.ring[r + 1];
    for (let i = from, j = to - 1; i < to; j = i++) {
      const crosses = (shape.y[i] > py) !== (shape.y[j] > py);
      const at = (shape.x[j] - shape.x[i]) * (py - shape.y[i]) / (shape.y[j] - shape.y[i]) + shape.x[i];
      if (crosses && px < at) inside = !inside;
    }
  }
  return inside;
}

function squaredDistance(shape, i, j, px, py) {
  const dx = shape.x[j] - shape.x[i], dy = shape.y[j] - shape.y[i], length = dx * dx + dy * dy;
  const along = length ? ((px - shape.x[i]) * dx + (py - shape.y[i]) * dy) / length : 0;
  const t = Math.max(0, Math.min(1, along));
  return (shape.x[i] + t * dx - px) ** 2 + (shape.y[i] + t * dy - py) ** 2;
}

function nearLine(shape, f, px, py, reach) {
  for (let r = shape.feature[f]; r < shape.feature[f + 1]; r++) {
    const last = shape.ring[r + 1] - 1;
    for (let i = shape.ring[r]; i <= last; i++) {
      if (squaredDistance(shape, i, Math.min(i + 1, last), px, py) <= reach * reach) return true;
    }
  }
  return false;
}

/** Position in the block of each feature at a point, topmost first; `reach` is in the same unit. */
function featuresAt(shape, px, py, reach) {
  const found = [], slack = shape.kind === 'polygon' ? 0 : reach;
  for (let f = shape.rows.length - 1; f >= 0; f--) {
    const b = 4 * f, box = shape.box;
    if (px < box[b] - slack || px > box[b + 2] + slack || py < box[b + 1] - slack || py > box[b + 3] + slack) continue;
    const hit = shape.kind === 'polygon' ? insideRings(shape, f, px, py) : nearLine(shape, f, px, py, reach);
    if (hit) found.push(f);
  }
  return found;
}
