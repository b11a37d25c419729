// What the processes of users' JavaScript share: loading what a file exports, CommonJS or ES module, and again when it has
// changed; and hearing lines.
"use strict";

const fs = require("node:fs");
const path = require("node:path");
const { pathToFileURL } = require("node:url");

// `kind` is what a function is called there, for whoever exports none.
function watched(name, kind) {
  const file = path.resolve(name);
  let loaded = null;
  let version = null;
  return async () => {
    const changed = fs.statSync(file).mtimeMs;
    if (loaded === null || changed !== version) {
      loaded = await load(file, kind, changed);
      version = changed;
    }
    return loaded;
  };
}

async function load(file, kind, changed) {
  try {
    delete require.cache[require.resolve(file)];
    return callable(require(file), file, kind);
  } catch (error) {
    if (error.code !== "ERR_REQUIRE_ESM" && !(error instanceof SyntaxError)) throw error;
    return callable(await import(`${pathToFileURL(file)}?${changed}`), file, kind);
  }
}

function callable(module, file, kind) {
  const found = typeof module === "function" ? module : module.default;
  if (typeof found !== "function") throw new Error(`${file} exports no ${kind}`);
  return found;
}

// Calls `hear` with each line of our input, and ends the process with it: timers of the user's would keep it when whoever
// started it is gone. Not by readline, which from Node.js 24 on ends lines at U+2028 too; JSON may hold that.
function listen(hear) {
  let pieces = [];
  process.stdin.on("data", (data) => {
    let from = 0;
    for (let to; (to = data.indexOf(10, from)) !== -1; from = to + 1) {
      pieces.push(data.subarray(from, to));
      const line = Buffer.concat(pieces).toString();
      pieces = [];
      hear(line);
    }
    pieces.push(data.subarray(from));
  });
  process.stdin.on("end", () => process.exit());
}

module.exports = { watched, listen };
