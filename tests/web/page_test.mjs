// The built page in a headless Chromium: what a user sees, what hostile text can do, and what leaves the page (nothing).
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Chromium, findChromium } from './support/chromium.mjs';
import { hex, kFile, kHostile, kOtherFile, sampleChain } from './support/chain.mjs';

const page = new URL('../../web/dist/verify.html', import.meta.url);
const missing = !existsSync(page) ? 'web/dist/verify.html is not built' : findChromium() ? false : 'there is no Chromium';
const kDesktop = { width: 1100, height: 900 };
const kPhone = { width: 360, height: 740 };

const chain = sampleChain();
const folder = mkdtempSync(join(tmpdir(), 'jingchu-page-'));
let browser;

function put(name, content) {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

const bundleFile = (name, bundle) => put(name, JSON.stringify(bundle));
const genesis = put('genesis.json', chain.genesis);
const deposit = bundleFile('deposit.json', chain.recordBundle(1, 0, { anchor: 8 }));
const original = put('合同.pdf', kFile);

function refusedBundle() {
  const bundle = chain.recordBundle(1, 0, { anchor: 8 });
  bundle.record.signature = bundle.record.signature.replace(/^../, (byte) => (byte === '00' ? '01' : '00'));
  return bundleFile('refused.json', bundle);
}

before(() => {
  if (!missing) browser = Chromium.start();
});
after(async () => {
  if (browser) await browser.stop();
  rmSync(folder, { recursive: true, force: true });
});

async function opened(size = kDesktop, url = page.href) {
  return browser.open(url, size);
}

async function verified(tab, bundle, file, startedFrom = genesis) {
  await tab.choose('#input-bundle', bundle);
  await tab.choose('#input-genesis', startedFrom);
  if (file) await tab.choose('#input-file', file);
  await tab.until('!document.getElementById("verify").disabled');
  await tab.evaluate('document.getElementById("verify").click()');
  await tab.until('!document.getElementById("result").hidden');
}

const textOf = (tab, selector) => tab.evaluate(`document.querySelector(${JSON.stringify(selector)})?.innerText ?? null`);
const allOf = (tab, selector) => tab.evaluate(`[...document.querySelectorAll(${JSON.stringify(selector)})].map((e) => e.innerText)`);

const check = (name, body) => test(name, { skip: missing }, body);

check('the page is one file: one script, one style, nothing loaded, a policy that allows nothing else', async () => {
  const html = readFileSync(page, 'utf8');
  assert.equal(html.match(/<script/g).length, 1);
  assert.equal(html.match(/<style/g).length, 1);
  assert.doesNotMatch(html.split('<script>')[0].split('<style>')[0], /\b(src|href|on[a-z]+)=/);
  const tab = await opened();
  assert.deepEqual(tab.requests, [page.href]);
  assert.deepEqual(tab.errors, []);
  await assert.rejects(tab.evaluate('fetch("data:,x")'));
  await assert.rejects(tab.evaluate('document.body.innerHTML = "<b>x</b>"'), /TrustedHTML/);
  const ran = await tab.evaluate(`(() => { const s = document.createElement('script'); try { s.textContent = 'window.hacked = 1'; } catch {}
    document.body.append(s); return window.hacked ?? null; })()`);
  assert.equal(ran, null);
});

check('a good bundle with its file, in Chinese, then in English', async () => {
  const tab = await opened();
  assert.equal(await tab.evaluate('document.documentElement.lang'), 'zh-CN');
  await verified(tab, deposit, original);
  assert.equal(await textOf(tab, '#verdict'), '验证通过');
  assert.deepEqual([...new Set(await allOf(tab, '.word'))], ['成立']);
  assert.equal((await allOf(tab, '.step')).length, 10);
  const shown = await textOf(tab, '#result');
  for (const fact of [hex(chain.chainId), hex(chain.blocks[1].hash), '合同.pdf', '存证成功', '2023-11-15 06:13:21', 'city-3']) {
    assert.ok(shown.includes(fact), fact);
  }
  await tab.evaluate('document.getElementById("language").click()');
  await tab.until('document.getElementById("verdict")?.innerText === "The proof holds"');
  assert.equal(await tab.evaluate('document.documentElement.lang'), 'en');
  assert.deepEqual([...new Set(await allOf(tab, '.word'))], ['holds']);
  assert.deepEqual(tab.errors, []);
  assert.deepEqual(tab.requests, [page.href]);
});

check('a refused bundle shows where, and neither facts nor a certificate', async () => {
  const tab = await opened();
  await verified(tab, refusedBundle());
  assert.equal(await textOf(tab, '#verdict'), '验证未通过');
  assert.deepEqual(await allOf(tab, '.word'), [...Array(7).fill('成立'), '不成立', '未检查']);
  assert.match(await textOf(tab, '.fails'), /提交者签名[^]*签名无效/);
  assert.equal(await textOf(tab, '.claim'), null);
  assert.equal(await textOf(tab, 'button.print'), null);
});

check('another file, another genesis file, no bundle at all', async () => {
  const tab = await opened();
  await verified(tab, deposit, put('other.pdf', kOtherFile));
  assert.equal(await textOf(tab, '#verdict'), '原始文件与证明不符');
  assert.match(await textOf(tab, '.fails'), /原始文件[^]*不一致/);
  await verified(tab, deposit, undefined, put('other-genesis.json', `${chain.genesis} `));
  assert.match(await textOf(tab, '.fails'), /创世文件/);
  await verified(tab, original, undefined);
  assert.match(await textOf(tab, '.fails'), /不是有效的 JSON/);
});

check('a result never outlives the choice of files it is about', async () => {
  const tab = await opened();
  await verified(tab, deposit, original);
  await tab.choose('#input-file', put('other.pdf', kOtherFile));
  await tab.until('document.getElementById("result").hidden');
  assert.equal(await textOf(tab, '.claim'), null);
  await tab.evaluate('document.querySelectorAll(".choice .quiet")[0].click()');
  assert.equal(await tab.evaluate('document.getElementById("verify").disabled'), true);
});

check('hostile text is text: no markup, nothing unseen', async () => {
  for (const bundle of [chain.entityBundle('agriculture', kHostile, { anchor: 8 }), chain.recordBundle(6, 0, { anchor: 8 }),
    { ...chain.recordBundle(6, 0), [kHostile]: 1 }]) {
    const tab = await opened();
    await verified(tab, bundleFile('a<b>\u202e.json', bundle));
    assert.equal(await tab.evaluate('document.querySelectorAll("#result :is(img, script, a, iframe, b)").length'), 0);
    assert.equal(await tab.evaluate('window.hacked ?? null'), null);
    const shown = await textOf(tab, 'main');
    assert.ok(shown.includes('<img src=x onerror='));
    assert.ok(shown.includes('U+202E') && shown.includes('U+200B'));
    assert.doesNotMatch(shown, /[\u0000-\u0008\u202e\u200b]/);
    assert.deepEqual(tab.errors, []);
  }
});

check('files can be dropped, and one that misses does not replace the page', async () => {
  const tab = await opened();
  await tab.drop('.choice:nth-child(1) .drop', deposit);
  await tab.until('document.querySelectorAll(".chosen").length === 1');
  await tab.drop('.choice:nth-child(2) .drop', genesis);
  await tab.until('document.querySelectorAll(".chosen").length === 2');
  await tab.drop('h1', original);
  await tab.evaluate('document.getElementById("verify").click()');
  await tab.until('document.getElementById("verdict")?.innerText === "验证通过"');
});

check('the keyboard reaches and works everything; every field has its label', async () => {
  const tab = await opened();
  await tab.choose('#input-bundle', deposit);
  await tab.choose('#input-genesis', genesis);
  await tab.until('!document.getElementById("verify").disabled');
  await tab.evaluate('document.activeElement.blur(), document.getElementById("language").focus()');
  const reached = [];
  while (reached.at(-1) !== 'verify' && reached.length < 12) {
    await tab.press('Tab', 'Tab', 9);
    reached.push(await tab.evaluate('document.activeElement.id || document.activeElement.innerText'));
  }
  assert.deepEqual(reached, ['input-bundle', '移除', 'input-genesis', '移除', 'input-file', 'verify']);
  await tab.press('Enter', 'Enter', 13, '\r');
  await tab.until('document.activeElement.id === "result"');
  assert.equal(await tab.evaluate('[...document.querySelectorAll("input")].every((i) => i.labels.length === 1)'), true);
});

check('360 pixels are wide enough for every result', async () => {
  for (const [bundle, file] of [[deposit, original], [refusedBundle()], [bundleFile('h.json', chain.recordBundle(6, 0, { anchor: 8 }))]]) {
    const tab = await opened(kPhone);
    await verified(tab, bundle, file);
    assert.equal(await tab.evaluate('document.documentElement.scrollWidth'), 360);
  }
});

check('what is printed: the certificate, that it is none of an office, and no form', async () => {
  const tab = await opened();
  await verified(tab, deposit, original);
  await tab.evaluate('window.print = () => { window.printed = true; }');
  await tab.evaluate('document.querySelector("button.print").click()');
  assert.equal(await tab.evaluate('window.printed'), true);
  assert.equal((await tab.pdf()).subarray(0, 5).toString(), '%PDF-');
  await tab.send('Emulation.setEmulatedMedia', { media: 'print' });
  const printed = await textOf(tab, 'body');
  for (const part of ['存证验证结果', '验证通过', '不是公证书或官方证明文件', hex(chain.chainId), '验证时间（本机时钟）']) {
    assert.ok(printed.includes(part), part);
  }
  for (const part of ['选择文件', '开始验证', 'English', '打印验证结果']) assert.ok(!printed.includes(part), part);
});

check('the same page from a server', async () => {
  const server = createServer((_, response) => response.setHeader('content-type', 'text/html').end(readFileSync(page)));
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const tab = await opened(kDesktop, `http://127.0.0.1:${server.address().port}/`);
  await verified(tab, deposit);
  assert.equal(await textOf(tab, '#verdict'), '验证通过');
  server.close();
  server.closeAllConnections();
});
