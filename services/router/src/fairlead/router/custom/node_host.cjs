// The child that runs a claude-code-router custom router: a line of JSON in, a line of JSON out, until the input ends.
"use strict";

const { EventEmitter } = require("node:events");
const fs = require("node:fs");
const path = require("node:path");
const readline = require("node:readline");
const { pathToFileURL } = require("node:url");

const file = path.resolve(process.argv[2]);
const config = JSON.parse(process.argv[3]);
const event = new EventEmitter();
const answer = process.stdout.write.bind(process.stdout);

// What the user prints is for people, and goes to the log.
process.stdout.write = process.stderr.write.bind(process.stderr);
const print = (...words) => console.error(...words);
const log = { trace: print, debug: print, info: print, warn: print, error: print, fatal: print };
console.log = console.info = console.debug = print;

let loaded = null;
let version = null;

async function router() {
  const changed = fs.statSync(file).mtimeMs;
  if (loaded === null || changed !== version) {
    loaded = await load(changed);
    version = changed;
  }
  return loaded;
}

async function load(changed) {
  try {
    delete require.cache[require.resolve(file)];
    return callable(require(file));
  } catch (error) {
    if (error.code !== "ERR_REQUIRE_ESM" && !(error instanceof SyntaxError)) throw error;
    return callable(await import(`${pathToFileURL(file)}?${changed}`));
  }
}

function callable(module) {
  const found = typeof module === "function" ? module : module.default;
  if (typeof found !== "function") throw new Error(`${file} exports no function`);
  return found;
}

readline.createInterface({ input: process.stdin, crlfDelay: Infinity }).on("line", async (line) => {
  const { id, req } = JSON.parse(line);
  let told;
  try {
    const said = await (await router())({ ...req, log }, config, { event });
    told = { id, said: said === undefined ? null : said };
  } catch (error) {
    told = { id, error: String(error) };
  }
  answer(JSON.stringify(told) + "\n");
});
