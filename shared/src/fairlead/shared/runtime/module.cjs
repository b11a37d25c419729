// Loads what a user's file exports, CommonJS or ES module, and again when the file has changed.
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

module.exports = { watched };
