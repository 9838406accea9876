// One canvas per layer, each in a pane of its own, so that the drawing order never changes.

const LayerCanvas = L.Renderer.extend({
  initialize: function (paint, options) {
    L.Renderer.prototype.initialize.call(this, options);
    this._paint = paint;
  },
  _initContainer: function () {
    this._container = document.createElement('canvas');
    this._context = this._container.getContext('2d');
  },
  _destroyContainer: function () {
    this._container.remove();
    delete this._container;
  },
  _update: function () {
    if (this._map._animatingZoom && this._bounds) return;
    L.Renderer.prototype._update.call(this);
    const corner = this._bounds.min, size = this._bounds.getSize(), ratio = L.Browser.retina ? 2 : 1;
    L.DomUtil.setPosition(this._container, corner);
    this._container.width = size.x * ratio;
    this._container.height = size.y * ratio;
    this._container.style.width = size.x + 'px';
    this._container.style.height = size.y + 'px';
    this._context.setTransform(ratio, 0, 0, ratio, -corner.x * ratio, -corner.y * ratio);
    this._paint(this._context, viewOf(this._map, this._bounds));
  },
  redraw: function () {
    if (this._map) this._update();
  },
});

/** What is needed to place world positions on a canvas: px = x * scale - left. */
function viewOf(map, bounds) {
  const scale = Math.pow(2, map.getZoom()), origin = map.getPixelOrigin();
  const edge = 40; // symbols reach over their position
  return {
    zoom: map.getZoom(), scale, left: origin.x, top: origin.y, bounds,
    box: [(bounds.min.x + origin.x - edge) / scale, (bounds.min.y + origin.y - edge) / scale,
      (bounds.max.x + origin.x + edge) / scale, (bounds.max.y + origin.y + edge) / scale],
  };
}

/** Nothing to draw of a feature: its part is switched off, or it lies outside. */
function unseen(layer, shape, f, view) {
  return !layer.on[shape.rows[f]] || outOfView(shape, f, view);
}

function outOfView(shape, f, view) {
  const b = 4 * f, box = shape.box, seen = view.box;
  return box[b] > seen[2] || box[b + 2] < seen[0] || box[b + 1] > seen[3] || box[b + 3] < seen[1];
}

/** Add a feature's rings or lines to the path; vertices closer than a pixel are passed over. */
function trace(context, shape, f, view) {
  for (let r = shape.feature[f]; r < shape.feature[f + 1]; r++) {
    const from = shape.ring[r], last = shape.ring[r + 1] - 1;
    let x = shape.x[from] * view.scale - view.left, y = shape.y[from] * view.scale - view.top;
    context.moveTo(x, y);
    for (let i = from + 1; i <= last; i++) {
      const nx = shape.x[i] * view.scale - view.left, ny = shape.y[i] * view.scale - view.top;
      if (i < last && Math.abs(nx - x) + Math.abs(ny - y) < 0.8) continue;
      context.lineTo(x = nx, y = ny);
    }
    if (shape.kind === 'polygon') context.closePath();
  }
}

function dashOf(name, weight) {
  if (name === 'dash') return [7, 4];
  return name === 'dot' ? [Math.max(weight, 1.5), Math.max(weight, 1.5) * 1.8] : [];
}

/** Paint every feature of a layer; over an online base map the land itself is left out. */
function paintLayer(layer, state, context, view) {
  const markers = state.markers, outlinesOnly = Boolean(state.base);
  for (const shape of layer.shapes) {
    view.outlinesOnly = outlinesOnly && layer.backdrop;
    view.patterned = layer.patterned || state.patterned;
    const paint = {polygon: paintPolygons, line: paintLines, point: paintPoints}[shape.kind];
    paint(layer, shape, context, view, markers);
  }
}

/** Paint the land white under everything, so that it stands out from the sea; not over an online base map. */
function paintLand(layer, state, context, view) {
  if (state.base) return;
  context.fillStyle = '#ffffff';
  for (const shape of layer.shapes.filter((one) => one.kind === 'polygon')) {
    for (let f = 0; f < shape.rows.length; f++) {
      if (outOfView(shape, f, view)) continue;
      context.beginPath();
      trace(context, shape, f, view);
      context.fill('evenodd');
    }
  }
}

function paintPolygons(layer, shape, context, view) {
  const style = layer.style;
  context.lineJoin = 'round';
  context.lineWidth = style.weight;
  for (let f = 0; f < shape.rows.length; f++) {
    if (unseen(layer, shape, f, view)) continue;
    const look = layer.classes[layer.class[shape.rows[f]]], b = 4 * f;
    const width = (shape.box[b + 2] - shape.box[b]) * view.scale, height = (shape.box[b + 3] - shape.box[b + 1]) * view.scale;
    context.fillStyle = look.color;
    context.globalAlpha = style.opacity;
    if (width < 2 && height < 2) {
      context.fillRect(shape.box[b] * view.scale - view.left, shape.box[b + 1] * view.scale - view.top,
        Math.max(width, 1), Math.max(height, 1));
      continue;
    }
    context.beginPath();
    trace(context, shape, f, view);
    if (!view.outlinesOnly) {
      context.fill('evenodd');
      if (view.patterned && look.pattern && width > 5 && height > 5) overlay(context, look.pattern, style.opacity);
    }
    if (style.weight > 0 && (width > 6 || height > 6)) strokeEdge(context, look, style);
  }
}

const hatches = new Map();

/** Cover the path with a pattern: classes are then told apart without their colour. */
function overlay(context, name, opacity) {
  context.globalAlpha = 0.25 + 0.35 * opacity;
  context.fillStyle = hatch(context, name);
  context.fill('evenodd');
}

/** A pattern of the legend as a fill, made once. */
function hatch(context, name) {
  if (!hatches.has(name)) {
    const side = 8, tile = document.createElement('canvas'), ratio = 2, pen = tile.getContext('2d');
    tile.width = tile.height = side * ratio;
    pen.scale(ratio, ratio);
    pen.strokeStyle = '#1c2733';
    pen.lineWidth = 1.1;
    pen.beginPath();
    for (const [x, y, toX, toY] of window.knr.patterns[name]) { pen.moveTo(x, y); pen.lineTo(toX, toY); }
    pen.stroke();
    const pattern = context.createPattern(tile, 'repeat');
    pattern.setTransform(new DOMMatrix([1 / ratio, 0, 0, 1 / ratio, 0, 0]));
    hatches.set(name, pattern);
  }
  return hatches.get(name);
}

function strokeEdge(context, look, style) {
  context.globalAlpha = Math.min(1, style.opacity + 0.35);
  context.strokeStyle = look.edge;
  context.setLineDash(dashOf(look.dash, style.weight));
  context.stroke();
}

/** Lines of one class are stroked some hundred at a time: faster than one by one. */
function paintLines(layer, shape, context, view) {
  const waiting = layer.classes.map(() => []);
  for (let f = 0; f < shape.rows.length; f++) {
    if (!unseen(layer, shape, f, view)) waiting[layer.class[shape.rows[f]]].push(f);
  }
  context.lineJoin = context.lineCap = 'round';
  context.lineWidth = layer.style.weight * (view.zoom < 9 ? 0.75 : 1);
  context.globalAlpha = layer.style.opacity;
  waiting.forEach((features, number) => {
    const look = layer.classes[number];
    context.strokeStyle = look.color;
    context.lineCap = look.dash === 'solid' ? 'round' : 'butt';
    context.setLineDash(dashOf(look.dash, layer.style.weight));
    for (let i = 0; i < features.length; i += 200) {
      context.beginPath();
      for (const f of features.slice(i, i + 200)) trace(context, shape, f, view);
      context.stroke();
    }
  });
}

/** Symbols are smaller on a map of the whole region, where they would hide each other. */
function radiusAt(radius, zoom) {
  return radius * (zoom < 9 ? 0.65 : zoom < 11 ? 0.8 : 1);
}

function paintPoints(layer, shape, context, view, markers) {
  const radius = radiusAt(layer.style.radius, view.zoom);
  context.setLineDash([]);
  context.lineJoin = 'round';
  for (let f = 0; f < shape.rows.length; f++) {
    if (unseen(layer, shape, f, view)) continue;
    const look = layer.classes[layer.class[shape.rows[f]]];
    for (let r = shape.feature[f]; r < shape.feature[f + 1]; r++) {
      const i = shape.ring[r];
      traceMarker(context, markers[look.marker], shape.x[i] * view.scale - view.left, shape.y[i] * view.scale - view.top, radius);
      paintMarker(context, look, layer.style.opacity);
    }
  }
}

function traceMarker(context, outline, x, y, radius) {
  context.beginPath();
  if (!outline) {
    context.arc(x, y, radius, 0, 2 * Math.PI);
    return;
  }
  outline.forEach(([dx, dy], i) => context[i ? 'lineTo' : 'moveTo'](x + dx * radius, y + dy * radius));
  context.closePath();
}

/** A white halo keeps symbols apart from areas and from each other. */
function paintMarker(context, look, opacity) {
  context.globalAlpha = Math.min(1, opacity + 0.1);
  context.lineWidth = 2.4;
  context.strokeStyle = '#ffffff';
  context.stroke();
  context.globalAlpha = opacity;
  context.fillStyle = look.color;
  context.fill();
  context.globalAlpha = 1;
  context.lineWidth = 1;
  context.strokeStyle = look.edge;
  context.stroke();
}
