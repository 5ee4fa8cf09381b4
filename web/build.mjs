#!/usr/bin/env node
// Builds web/dist/verify.html: one page with one script and one style inside, that asks no server for anything.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { build } from 'esbuild';

const here = (path) => new URL(path, import.meta.url);
const read = (path) => readFileSync(here(path), 'utf8');

async function bundledScript() {
  const { outputFiles } = await build({
    entryPoints: [here('page/page.js').pathname], bundle: true, write: false, format: 'iife', target: 'es2020', charset: 'utf8',
    minifyWhitespace: true, minifySyntax: true, legalComments: 'inline',
  });
  return outputFiles[0].text;
}

const source = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

// Nothing but this very script and this very style, and no text of others ever as markup.
const policy = (script, style) => ["default-src 'none'", `script-src ${source(script)}`, `style-src ${source(style)}`, "base-uri 'none'",
  "form-action 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'"].join('; ');

const script = await bundledScript();
const style = read('page/page.css');
if (/<\/script|<!--/i.test(script)) throw new Error('the script would end the element that it stands in');
const parts = { POLICY: policy(script, style), STYLE: style, SCRIPT: script };
const page = read('page/page.html').replace(/@(POLICY|STYLE|SCRIPT)@/g, (_, name) => parts[name]);
mkdirSync(here('dist/'), { recursive: true });
writeFileSync(here('dist/verify.html'), page);
// The same source gives the same bytes: publish the digest beside the page.
console.log(`web/dist/verify.html: ${Buffer.byteLength(page)} bytes, SHA-256 ${createHash('sha256').update(page).digest('hex')}`);
