const money = new Intl.NumberFormat('en', { style: 'currency', currency: 'EUR' });
const wholeMoney = new Intl.NumberFormat('en', { style: 'currency', currency: 'EUR', maximumFractionDigits: 0 });
const number = new Intl.NumberFormat('en');
const time = new Intl.DateTimeFormat('en', { timeStyle: 'medium', hourCycle: 'h23' });

const states = {
  live: 'live',
  stopped: 'stopped',
  lost: 'connection lost, trying again',
};

const byId = (id) => document.getElementById(id);
const show = (id, text) => (byId(id).textContent = text);

function setState(state) {
  document.body.dataset.state = state;
  show('state', states[state]);
}

function element(name, className, ...content) {
  const made = document.createElement(name);
  made.className = className;
  made.append(...content);
  return made;
}

/** Shows an element for each item: the one that it has had before, or a new one. */
function showEach(id, items, keyOf, make, update = () => {}) {
  const parent = byId(id);
  const known = new Map(Array.from(parent.children, (child) => [child.dataset.key, child]));
  const children = items.map((item) => {
    const child = known.get(keyOf(item)) ?? make(item);
    child.dataset.key = keyOf(item);
    update(child, item);
    return child;
  });
  // only what is not there already: whoever is moved begins its transitions anew
  if (children.some((child, index) => parent.children[index] !== child)) parent.replaceChildren(...children);
}

function showBars(id, totals) {
  const shown = totals.slice(0, 7);
  const most = Math.max(...shown.map(({ cents }) => cents));
  showEach(
    id,
    shown,
    ({ name }) => name,
    ({ name }) => element('div', 'bar', element('span', '', name), element('i', ''), element('b', '')),
    (bar, { cents, orders }) => {
      bar.title = `${number.format(orders)} orders`;
      bar.children[1].style.setProperty('--share', cents / most);
      bar.children[2].textContent = wholeMoney.format(cents / 100);
    },
  );
}

function showLatest(orders) {
  const isFirst = !byId('latest').children.length;
  const cells = ({ at, city, product, quantity, cents }) =>
    [time.format(new Date(at)), city, `${quantity} × ${product}`, money.format(cents / 100)].map((text) =>
      element('td', '', text),
    );
  showEach(
    'latest',
    orders,
    ({ id }) => id,
    (order) => element('tr', isFirst ? '' : 'new', ...cells(order)),
  );
}

function showMembers(members) {
  showEach(
    'members',
    Object.entries(members),
    ([name]) => name,
    ([name]) => element('li', '', name, element('span', '')),
    (item, [, state]) => {
      item.className = state;
      item.lastChild.textContent = state;
    },
  );
}

const rates = [];

function showRate(rate) {
  if (rate === undefined) return; // it takes two readings
  rates.push(rate);
  rates.splice(0, rates.length - 60);
  const most = Math.max(1, ...rates) * 1.1;
  const points = rates.map((value, index) => `${60 - rates.length + index},${20 - (20 * value) / most}`);
  byId('rates').firstElementChild.setAttribute('points', points.join(' '));
  show('rate', number.format(Math.round(rate)));
}

function showTimeline(svg) {
  const image = byId('timeline');
  const source = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  if (image.src !== source) image.src = source;
  image.hidden = false;
}

function showSnapshot({ database, figures, rate, members, timeline }) {
  const { orders, cents, products, cities, latest } = figures;
  show('database', database);
  show('orders', number.format(orders));
  show('revenue', wholeMoney.format(cents / 100));
  show('average', money.format(orders && cents / orders / 100));
  showRate(rate);
  showBars('products', products);
  showBars('cities', cities);
  showLatest(latest);
  showMembers(members);
  showTimeline(timeline);
}

function connect() {
  const source = new EventSource(`/events?width=${Math.floor(byId('members').clientWidth)}`);
  source.onmessage = ({ data }) => {
    setState('live');
    showSnapshot(JSON.parse(data));
  };
  source.addEventListener('stopped', () => setState('stopped'));
  source.addEventListener('failed', ({ data }) => show('database', JSON.parse(data)));
  source.onerror = () => {
    if (document.body.dataset.state !== 'stopped') setState('lost');
    // a browser tries again, unless the answer was that there is nothing here
    if (source.readyState === EventSource.CLOSED) setTimeout(connect, 1000);
  };
}

connect();
