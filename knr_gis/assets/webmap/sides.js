// Two scenarios: one of them, what changes between them, or both side by side on two maps that move together.

function wireSides(state) {
  const radios = [...document.querySelectorAll('input[name="knr-side"]')];
  for (const radio of radios) {
    radio.checked = radio.value === 'diff';
    radio.addEventListener('change', () => { setSide(state, radio.value); keepLink(state); });
  }
  if (radios.length) setSide(state, 'diff');
}

function setSide(state, mode) {
  const main = state.screens[0], both = mode === 'both';
  state.side = mode;
  main.side = both ? 'a' : mode;
  for (const radio of document.querySelectorAll('input[name="knr-side"]')) radio.checked = radio.value === mode;
  if (both) openSecond(state); else closeSecond(state);
  for (const row of document.querySelectorAll('.knr-layer[data-side]')) {
    const side = row.dataset.side;
    row.hidden = Boolean(side) && !state.screens.some((screen) => screen.side === side);
  }
  for (const layer of state.layers) showLayer(state, layer);
  redrawLabels(state);
  showCredits(state);
  state.refreshList();
  nameSides(state);
}

/** The second map stands beside the first and follows it; each can be moved. */
function openSecond(state) {
  if (state.screens.length > 1) return;
  const holder = element('div', undefined, 'knr-second');
  document.body.insertBefore(holder, document.getElementById('knr-tools'));
  document.body.classList.add('knr-dual');
  const main = state.map, options = {...main.options, zoomControl: false, attributionControl: false, layers: []};
  main.invalidateSize({animate: false});
  const map = L.map(holder, {...options, renderer: undefined, center: main.getCenter(), zoom: main.getZoom()});
  addScreen(state, map, 'b');
  holdTogether(main, map);
  wireClicks(state, map);
}

function closeSecond(state) {
  const second = state.screens[1];
  if (!second) return;
  state.screens.length = 1;
  second.apart();
  second.map.remove();
  second.map.getContainer().remove();
  document.body.classList.remove('knr-dual');
  state.map.invalidateSize({animate: false});
}

function holdTogether(one, other) {
  let moving = false;
  const follow = (from, to) => () => {
    if (moving) return;
    moving = true;
    to.setView(from.getCenter(), from.getZoom(), {animate: false});
    moving = false;
  };
  const there = follow(one, other), back = follow(other, one);
  one.on('move zoomend', there);
  other.on('move zoomend', back);
  window.knr.screens[1].apart = () => one.off('move zoomend', there);
}

/** Say on the maps which scenario each shows. */
function nameSides(state) {
  for (const screen of state.screens) {
    const holder = screen.map.getContainer();
    let badge = holder.querySelector('.knr-side-badge');
    if (!badge) holder.append(badge = element('p', undefined, 'knr-side-badge'));
    badge.hidden = screen.side !== 'a' && screen.side !== 'b';
    badge.textContent = badge.hidden ? '' : tell(state, 'side.' + screen.side);
  }
}
