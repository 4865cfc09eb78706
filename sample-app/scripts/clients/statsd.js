// The npm client hot-shots against the sample: node statsd.js tcp HOST PORT METRICS, or node statsd.js udp HOST PORT METRICS PER_SECOND.
// Prints, as name=value, what the scrape has to show of it.
'use strict';
const { StatsD } = require('hot-shots');
const [protocol, host, port, total, rate] = [process.argv[2], process.argv[3], ...process.argv.slice(4).map(Number)];
let errors = 0;

function client(options) {
  return new StatsD({ host, port, protocol, errorHandler: () => { errors++; }, ...options });
}

const close = statsd => new Promise(resolve => statsd.close(resolve));

// Some of each type; whether a sampled metric is sent is decided in turn here, and not by chance, so that the total is known.
async function everything() {
  const statsd = client({ maxBufferSize: 4000, prefix: 'all.' });
  let turn = 0;
  Math.random = () => (turn++ % 10 + 0.5) / 10;
  const due = { hits: 0, north: 0, south: 0, sampled: 0, took: 0, tookMs: 0, size: 0, sizeSum: 0, depth: 0, users: 0 };
  for (let i = 0; i < total / 10; i++) {
    statsd.increment('hits', i % 7);
    due.hits += i % 7;
    const region = i % 2 ? 'north' : 'south';
    statsd.increment('regions', 3, { region, shop: 'a-1' });
    due[region] += 3;
    for (let k = 0; k < 10; k++) statsd.increment('sampled', 1, 0.1);
    due.sampled += 10;
    statsd.timing('took', i % 250);
    due.took++;
    due.tookMs += i % 250;
    statsd.histogram('size', i % 100);
    statsd.distribution('size', 2);
    due.size += 2;
    due.sizeSum += i % 100 + 2;
    statsd.gauge('depth', i);
    statsd.gaugeDelta('depth', -1);
    due.depth = i - 1;
    statsd.set('users', 'user-' + i % 1000);
    due.users = Math.min(i + 1, 1000);
    if (i % 500 === 0) await new Promise(setImmediate);
  }
  await close(statsd);
  return { ...due, sent: (total / 10) * 9 };
}

// One datagram for each metric, at a steady rate.
async function paced() {
  const statsd = client({});
  const started = process.hrtime.bigint();
  const seconds = () => Number(process.hrtime.bigint() - started) / 1e9;
  let sent = 0;
  while (sent < total) {
    for (const until = Math.min(total, seconds() * rate); sent < until; sent++) {
      statsd.increment('paced', 1 + sent % 3, { source: 's' + sent % 4 });
    }
    await new Promise(resolve => setTimeout(resolve, 1));
  }
  const perSecond = Math.round(sent / seconds());
  await close(statsd);
  return { sent, perSecond };
}

(protocol === 'tcp' ? everything() : paced())
  .then(due => console.log(Object.entries({ ...due, errors }).map(([name, value]) => name + '=' + value).join(' ')))
  .catch(error => { console.error(error); process.exit(1); });
