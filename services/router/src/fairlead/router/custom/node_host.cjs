// The child that runs a claude-code-router custom router: a line of JSON in, a line of JSON out, until the input ends.
"use strict";

const { EventEmitter } = require("node:events");
const { watched, listen } = require(process.argv[2]);

const router = watched(process.argv[3], "function");
const config = JSON.parse(process.argv[4]);
const event = new EventEmitter();
const answer = process.stdout.write.bind(process.stdout);

// What the user prints is for people, and goes to the log.
process.stdout.write = process.stderr.write.bind(process.stderr);
const print = (...words) => console.error(...words);
const log = { trace: print, debug: print, info: print, warn: print, error: print, fatal: print };
console.log = console.info = console.debug = print;

listen(async (line) => {
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
