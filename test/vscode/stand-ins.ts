/**
 * JavaScript stand-ins for three small modules of VS Code's server that ship no prebuilt binary (spdlog alone takes 36 s
 * to compile). Without spdlog, log files and output channels stay empty; without native-watchdog an error is logged at
 * each start; deviceid would write a telemetry id into the home folder.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const spdlog = `
const fs = require('node:fs'), path = require('node:path');
const names = ['trace', 'debug', 'info', 'warning', 'error', 'critical'];
class Logger {
  constructor(name, file) {
    this.file = file; this.level = 2; this.raw = false;
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.appendFileSync(file, '');
  }
  write(level, message) {
    if (level < this.level || !this.file) return;
    const now = new Date(Date.now() - new Date().getTimezoneOffset() * 60000).toISOString().replace('T', ' ').slice(0, 23);
    // The folder may be gone by the time a host that is ending writes its last line.
    try { fs.appendFileSync(this.file, this.raw ? message : now + ' [' + names[level] + '] ' + message + '\\n'); } catch {}
  }
  trace(m) { this.write(0, m); } debug(m) { this.write(1, m); } info(m) { this.write(2, m); }
  warn(m) { this.write(3, m); } error(m) { this.write(4, m); } critical(m) { this.write(5, m); }
  getLevel() { return this.level; } setLevel(level) { this.level = level; }
  setPattern() { this.raw = false; } clearFormatters() { this.raw = true; }
  flush() {} drop() { this.file = undefined; }
}
exports.version = 0;
exports.setLevel = () => {};
exports.setFlushOn = () => {};
exports.Logger = Logger;
exports.createRotatingLogger = async (name, file) => new Logger(name, file);
exports.createAsyncRotatingLogger = async (name, file) => new Logger(name, file);
`;

const sources: Record<string, string> = {
  '@vscode/native-watchdog': 'exports.start = () => {}; exports.exit = (code) => process.exit(code);\n',
  '@vscode/deviceid': "exports.getDeviceId = async () => '00000000-0000-0000-0000-000000000000';\n",
  '@vscode/spdlog': spdlog,
};

/** The packages that `writeStandIns` takes the place of. */
export const standIns = Object.keys(sources);

/** Write the stand-ins into the `node_modules` of a VS Code server. */
export function writeStandIns(modules: string): void {
  for (const [name, source] of Object.entries(sources)) {
    const folder = join(modules, name);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ name, version: '0.0.0', main: 'index.js' }));
    writeFileSync(join(folder, 'index.js'), source);
  }
}
