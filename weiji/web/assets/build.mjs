// Bundles the assets of the pages into ../dist: run by hatch_build.py, with the Node of a wheel.
import { createHash } from "node:crypto";
import { globSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync, existsSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build } from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../../..");
const modules = join(root, "node_modules");
const dist = join(here, "../dist");
const files = {};

rmSync(dist, { recursive: true, force: true });
mkdirSync(dist);

const read = (...parts) => readFileSync(join(...parts), "utf8");

function write(name, content) {
  const hash = createHash("sha256").update(content).digest("hex").slice(0, 10);
  const hashed = `${basename(name, extname(name))}-${hash}${extname(name)}`;
  writeFileSync(join(dist, hashed), content);
  files[name] = hashed;
}

/** tokens.json is the one place of colours: light, and dark both by the device's wish and by the person's. */
function tokens() {
  const themes = JSON.parse(read(here, "tokens.json"));
  const declare = (theme) =>
    Object.entries(themes[theme])
      .map(([name, value]) => `--${name}:${value};`)
      .join("");
  return `:root{${declare("light")}color-scheme:light}
    @media (prefers-color-scheme:dark){:root:not([data-theme=light]){${declare("dark")}color-scheme:dark}}
    :root[data-theme=dark]{${declare("dark")}color-scheme:dark}`;
}

/** A module's own styles, weiji/<module>/assets/*.css, come after the frame's. */
function modulesStyles() {
  return globSync("weiji/*/assets/*.css", { cwd: root })
    .filter((path) => !path.startsWith(join("weiji", "web")))
    .sort()
    .map((path) => `@import "./${path.replaceAll("\\", "/")}";`)
    .join("\n");
}

/** What only some pages need, weiji/<module>/assets/own/*.css, is a file of its own: it need not be in the first load. */
function ownStyles() {
  return globSync("weiji/*/assets/own/*.css", { cwd: root })
    .sort()
    .map((path) => join(root, path));
}

const virtual = { tokens, modules: modulesStyles };
const virtualPlugin = {
  name: "virtual",
  setup(builder) {
    builder.onResolve({ filter: /^weiji:/ }, ({ path }) => ({ path: path.slice("weiji:".length), namespace: "weiji" }));
    builder.onLoad({ filter: /.*/, namespace: "weiji" }, ({ path }) => ({
      contents: virtual[path](),
      loader: "css",
      resolveDir: root,
    }));
  },
};

const result = await build({
  absWorkingDir: root,
  entryPoints: [join(here, "app.js"), join(here, "app.css"), join(here, "gallery.css"), ...ownStyles()],
  bundle: true,
  splitting: true,
  format: "esm",
  minify: true,
  charset: "utf8",
  legalComments: "none",
  target: ["chrome100", "firefox115", "safari15"],
  outdir: dist,
  entryNames: "[name]-[hash]",
  chunkNames: "[name]-[hash]",
  metafile: true,
  plugins: [virtualPlugin],
  logLevel: "warning",
});

const bundled = new Set();
for (const [path, output] of Object.entries(result.metafile.outputs)) {
  if (output.entryPoint) files[basename(output.entryPoint)] = basename(path);
}
for (const path of Object.keys(result.metafile.inputs)) {
  const found = path.match(/node_modules\/((?:@[^/]+\/)?[^/]+)\//);
  if (found) bundled.add(found[1]);
}

const icons = read(here, "icons.txt").split("\n").map((line) => line.trim()).filter((line) => line && !line.startsWith("#"));
const symbols = icons.map((name) => {
  const own = join(here, "icons", `${name}.svg`);
  const svg = existsSync(own) ? readFileSync(own, "utf8") : read(modules, "lucide-static/icons", `${name}.svg`);
  const inner = svg.replace(/<!--[^]*?-->/g, "").match(/<svg[^>]*>([^]*)<\/svg>/)[1].replace(/\s*\n\s*/g, "");
  return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">${inner}</symbol>`;
});
write("icons.svg", `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`);
bundled.add("lucide-static");

for (const name of ["logo.svg", "icon-180.png", "icon-192.png", "icon-512.png"]) {
  write(name, readFileSync(join(here, name)));
}

// The names of regions by their codes: pages ask for them when a region is chosen, and weiji/web/regions.py reads them.
const { areaList } = await import("@vant/area-data");
write("regions.json", JSON.stringify({ ...areaList.province_list, ...areaList.city_list, ...areaList.county_list }));
bundled.add("@vant/area-data");

const licences = [...bundled].sort().map((name) => {
  const about = JSON.parse(read(modules, name, "package.json"));
  const files = readdirSync(join(modules, name), { withFileTypes: true })
    .filter((file) => file.isFile() && /^(licen[cs]e|notice|copying)/i.test(file.name))
    .map((file) => file.name)
    .sort();
  const text = files.map((file) => read(modules, name, file).trim()).join("\n\n");
  return `${name} ${about.version}: ${about.license}\n\n${text}`;
});
write("licences.txt", `What the pages of weiji are made of, besides its own files.\n\n${licences.join(`\n\n${"-".repeat(80)}\n\n`)}\n`);

writeFileSync(join(dist, "manifest.json"), JSON.stringify({ files, icons }, null, 2));

for (const name of readdirSync(dist)) {
  if (name === "manifest.json" || !/\.(css|js|json|svg|txt)$/.test(name)) continue;
  const content = readFileSync(join(dist, name));
  writeFileSync(join(dist, `${name}.br`), brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }));
  writeFileSync(join(dist, `${name}.gz`), gzipSync(content, { level: 9 }));
}
