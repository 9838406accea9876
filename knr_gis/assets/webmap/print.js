// On paper: the first page with map, legend, scale, north and sources, then the notes.

const PAPER = {width: 1040, height: 520, legend: 340}; // pixels of 1/96 inch on A4 landscape

function wirePrint(state) {
  let back = null;
  document.getElementById('knr-print').addEventListener('click', () => window.print());
  window.addEventListener('beforeprint', () => { back = back || toPaper(state); });
  window.addEventListener('afterprint', () => { if (back) back(); back = null; });
}

/**
 * Lay the page out for paper and return what puts it back. The maps keep their size and are scaled as they
 * are: browsers lose canvases that are drawn anew at this moment.
 */
function toPaper(state) {
  const holders = state.screens.map((screen) => screen.map.getContainer()), closed = [];
  const room = holders.length > 1 ? PAPER.width / 2 - 6 : PAPER.width - PAPER.legend;
  for (const part of document.querySelectorAll('#knr-panel details:not([open])')) { part.open = true; closed.push(part); }
  for (const holder of holders) {
    const width = holder.clientWidth, height = holder.clientHeight, scale = Math.min(room / width, PAPER.height / height);
    Object.assign(holder.style, {
      width: width + 'px', height: height + 'px', transform: `scale(${scale})`, transformOrigin: '0 0',
      margin: `0 ${(scale - 1) * width}px ${(scale - 1) * height}px 0`,
    });
  }
  document.documentElement.classList.add('knr-paper');
  return () => {
    document.documentElement.classList.remove('knr-paper');
    for (const part of closed) part.open = false;
    for (const holder of holders) for (const name of ['width', 'height', 'transform', 'transformOrigin', 'margin']) holder.style[name] = '';
  };
}
