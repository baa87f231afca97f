// node ksc.js FILE.ksy: the Python module that the compiler makes of one description, on standard output.
"use strict";
const fs = require("fs");
const yaml = require("js-yaml");
const compiler = require("kaitai-struct-compiler");

const noImports = {
  importYaml: (name) => Promise.reject(new Error(`imports are not used here: ${name}`)),
};

async function main(path) {
  const description = yaml.load(fs.readFileSync(path, "utf8"));
  const files = await compiler.compile("python", description, noImports, false);
  const names = Object.keys(files);
  if (names.length !== 1) {
    throw new Error(`one description must make one module, not ${names.length}`);
  }
  process.stdout.write(files[names[0]]);
}

main(process.argv[2]).catch((error) => {
  console.error(String((error && error.message) || error));
  process.exit(1);
});
