// JSON-RPC clients from npm against the sample: node jsonrpc.js jayson|json-rpc-2.0 HOST PORT CALLS.
//
// Half of the calls go alone, half in batches of ten with two notifications among them, and between them go notifications that set the keys
// n0 to n499, each many times over; at the end the store must have them all. Each answer is compared with the one that is due. jayson
// opens a connection for each message, json-rpc-2.0 sends all over one, 64 messages under way at a time.
'use strict';
const net = require('net');
const [kind, host, port, total] = [process.argv[2], process.argv[3], Number(process.argv[4]), Number(process.argv[5])];
const BATCH = 10;
const KEYS = 500;
let calls = 0, wrong = 0, batches = 0, notifications = 0, examples = [];

// The i-th call: method, params, what is due: a result, or the code of an error.
function plan(i) {
  switch (i % 8) {
    case 0: return ['add', [i, 0.5], i + 0.5];
    case 1: return ['subtract', { subtrahend: 23, minuend: i }, i - 23];
    case 2: return ['echo', { text: 'größe \u{1f600} \n "' + i + '"', list: [i, null, true] }];
    case 3: return ['sum', [1, 2, 4, i], 7 + i];
    case 4: return ['ping', undefined, 'pong'];
    case 5: return ['noSuchMethod', [i], { code: -32601 }];
    case 6: return ['add', [i], { code: -32602 }];
    default: return i % 160 === 7 ? ['countPrimes', [100000], 9592] : ['echo', ['x'.repeat(i % 5000)]];
  }
}

function same(a, b) {
  return JSON.stringify(a) === JSON.stringify(b);
}

function check(i, answer) {
  const [method, params, due = params] = plan(i);
  calls++;
  const code = due.code;
  const right = answer && (code ? answer.error && answer.error.code === code : same(answer.result, due));
  if (!right) {
    wrong++;
    if (examples.length < 3) examples.push(method + ' ' + JSON.stringify(params) + ' -> ' + JSON.stringify(answer));
  }
}

// A client is: call(method, params), batch([{method, params, notify}]) and notify(method, params), each with a promise of raw answers.
function jayson() {
  const client = require('jayson').client.tcp({ host, port });
  const ask = request => new Promise((resolve, reject) =>
    client._request(request, (error, answer) => error ? reject(error) : resolve(answer)));
  return {
    call: (method, params) => ask(client.request(method, params, undefined)),
    notify: (method, params) => ask(client.request(method, params, null)),
    batch: all => ask(all.map(({ method, params, notify }) => client.request(method, params, notify ? null : undefined))),
    close: () => {},
  };
}

function jsonRpc20() {
  const { JSONRPCClient, createJSONRPCRequest, createJSONRPCNotification } = require('json-rpc-2.0');
  const socket = net.connect(port, host).setNoDelay(true);
  const client = new JSONRPCClient(payload => { socket.write(JSON.stringify(payload) + '\n'); });
  let rest = '', id = 0;
  socket.setEncoding('utf8').on('data', chunk => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop();
    lines.forEach(line => client.receive(JSON.parse(line)));
  });
  return {
    call: (method, params) => client.requestAdvanced(createJSONRPCRequest(++id, method, params)),
    notify: async (method, params) => client.notify(method, params),
    batch: all => client.requestAdvanced(all.map(({ method, params, notify }) => notify
      ? createJSONRPCNotification(method, params) : createJSONRPCRequest(++id, method, params))),
    close: () => socket.end(),
  };
}

async function singles(client, from, to) {
  for (let i = from; i < to; i++) {
    const [method, params] = plan(i);
    check(i, await client.call(method, params));
    if (i % 4 === 0) {
      await client.notify('setValue', ['n' + (i / 4) % KEYS, i]);
      notifications++;
    }
  }
}

async function inBatches(client, from, to) {
  for (let i = from; i < to; i += BATCH) {
    const all = [];
    for (let k = i; k < i + BATCH; k++) {
      const [method, params] = plan(k);
      all.push({ method, params });
      if (k % 5 === 0) {
        all.push({ method: k % 2 ? 'noSuchMethod' : 'update', params: [k], notify: true });
        notifications++;
      }
    }
    const answers = await client.batch(all);
    batches++;
    if (answers.length !== BATCH) wrong++;
    answers.forEach((answer, n) => check(i + n, answer));
  }
}

async function main() {
  const client = kind === 'jayson' ? jayson() : jsonRpc20();
  const started = process.hrtime.bigint();
  const workers = 64, share = Math.ceil(total / 2 / workers / BATCH) * BATCH;
  await Promise.all(Array.from({ length: workers }, async (_, w) => {
    await singles(client, Math.min(w * share, total / 2), Math.min((w + 1) * share, total / 2));
    await inBatches(client, total / 2 + Math.min(w * share, total / 2), total / 2 + Math.min((w + 1) * share, total / 2));
  }));
  const seconds = Number(process.hrtime.bigint() - started) / 1e9;
  const keys = (await client.call('listKeys')).result.filter(key => /^n\d+$/.test(key)).length;
  client.close();
  examples.forEach(example => console.error(example));
  console.log(`calls=${calls} wrong=${wrong} batches=${batches} notifications=${notifications} keys=${keys} `
    + `perSecond=${Math.round(calls / seconds)}`);
}

main().catch(error => { console.error(error); process.exit(1); });
