// The child that runs a claude-code-router transformer: lines of JSON in, lines of JSON out, until the input ends.
// What is said, and who may say it when, stands in talk.py.
"use strict";

const { watched, listen } = require(process.argv[2]);

const constructor = watched(process.argv[3], "class");
const write = process.stdout.write.bind(process.stdout);
const tell = (told) => write(JSON.stringify(told) + "\n");

// What the user prints is for people, and goes to the log.
process.stdout.write = process.stderr.write.bind(process.stderr);
const print = (...words) => console.error(...words);
const logger = { trace: print, debug: print, info: print, warn: print, error: print, fatal: print };
console.log = console.info = console.debug = print;
process.on("unhandledRejection", (error) => print("a promise nobody waited for:", error));

// One instance for each way it is used; all are made anew when the file has changed.
let made = { Class: null, instances: new Map() };

async function transformer(options) {
  const Class = await constructor();
  if (made.Class !== Class) made = { Class, instances: new Map() };
  const key = JSON.stringify(options);
  if (!made.instances.has(key)) {
    const instance = new Class({ ...options });
    instance.logger = logger;
    made.instances.set(key, instance);
  }
  return made.instances.get(key);
}

const has = (instance, hook) => typeof instance[hook] === "function";
const ELSEWHERE = ["auth", "endPoint", "transformRequestOut", "transformResponseIn"];

async function load({ id, options }) {
  const one = await transformer(options);
  const unused = ELSEWHERE.filter((hook) => one[hook] !== undefined && one[hook] !== null);
  tell({ id, loaded: { name: one.name ?? made.Class.TransformerName ?? null, unused } });
}

// Requests that are being transformed, and whether somebody still waits for them; then those whose responses may come.
const waiting = new Map();
const talks = new Map();

async function request({ id, body, provider, options, request_id: requestId }) {
  waiting.set(id, true);
  const instance = await transformer(options);
  const context = { req: { id: requestId, headers: {}, body, log: logger } };
  let config = {};
  if (has(instance, "transformRequestIn")) {
    const said = await instance.transformRequestIn(body, provider, context);
    if (said === null || typeof said !== "object") throw new Error("transformRequestIn returns no request");
    body = said.body ? said.body : said;
    config = (said.body && said.config) || {};
  }
  const answers = has(instance, "transformResponseOut");
  if (answers && waiting.get(id)) talks.set(id, { instance, context });
  waiting.delete(id);
  tell({ id, request: { body, url: config.url ? String(config.url) : null, headers: headersOf(config), answers } });
}

function headersOf(config) {
  const given = config.headers instanceof Headers ? Object.fromEntries(config.headers) : config.headers || {};
  const entries = Object.entries(given).map(([name, value]) => [name, value === undefined ? null : value]);
  return Object.fromEntries(entries.map(([name, value]) => [name, value === null ? null : String(value)]));
}

async function response({ id, status, headers }) {
  const talk = talks.get(id);
  if (!talk) return;
  const source = {
    pull(controller) {
      talk.controller = controller;
      tell({ id, pull: true });
      return new Promise((resolve) => (talk.fed = resolve));
    },
  };
  const body = new ReadableStream(source, { highWaterMark: 0 });
  const said = await talk.instance.transformResponseOut(new Response(body, { status, headers }), talk.context);
  if (!(said instanceof Response)) throw new Error("transformResponseOut returns no Response");
  tell({ id, head: { status: said.status, headers: Object.fromEntries(said.headers) } });
  talk.reader = said.body ? said.body.getReader() : null;
  while (talk.reader && talks.has(id)) {
    const { done, value } = await talk.reader.read();
    if (done) break;
    const bytes = typeof value === "string" ? Buffer.from(value) : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    tell({ id, data: bytes.toString("base64") });
  }
  if (talks.delete(id)) tell({ id, end: true });
}

function fed(id, act) {
  const talk = talks.get(id);
  if (!talk || !talk.controller) return;
  try {
    act(talk.controller);
  } catch {
    // Whoever reads has gone.
  }
  if (talk.fed) talk.fed();
}

async function drop({ id }) {
  if (waiting.has(id)) waiting.set(id, false);
  const talk = talks.get(id);
  talks.delete(id);
  if (talk && talk.reader) await talk.reader.cancel();
}

const WORK = {
  load,
  request,
  response,
  data: ({ id, data }) => fed(id, (to) => to.enqueue(new Uint8Array(Buffer.from(data, "base64")))),
  end: ({ id }) => fed(id, (to) => to.close()),
  fail: ({ id, error }) => fed(id, (to) => to.error(new Error(error))),
  drop,
};

listen(async (line) => {
  const asked = JSON.parse(line);
  try {
    await WORK[asked.do](asked);
  } catch (error) {
    if (asked.do !== "drop") tell({ id: asked.id, error: String(error) });
    waiting.delete(asked.id);
    talks.delete(asked.id);
  }
});
