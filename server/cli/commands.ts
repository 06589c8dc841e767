/**
 * Every command and where it is. Only the one that is called is loaded: a check of a file must not wait for engines and image
 * decoders. All are loaded where help lists them.
 */
import type { Command } from 'commander';

type Load = () => Promise<Command>;

const COMMANDS: Readonly<Record<string, Load>> = {
  train: async () => (await import('./train.ts')).trainCommand(),
  check: async () => (await import('./check.ts')).checkCommand(),
  runs: async () => (await import('./runs.ts')).runsCommand(),
  show: async () => (await import('./runs.ts')).showCommand(),
  compare: async () => (await import('./compare.ts')).compareCommand(),
  stop: async () => (await import('./train.ts')).stopCommand(),
  resume: async () => (await import('./train.ts')).resumeCommand(),
  remove: async () => (await import('./train.ts')).removeCommand(),
  verify: async () => (await import('./verify.ts')).verifyCommand(),
  note: async () => (await import('./annotate.ts')).noteCommand(),
  tag: async () => (await import('./annotate.ts')).tagCommand(),
  star: async () => (await import('./annotate.ts')).starCommand(),
  rename: async () => (await import('./annotate.ts')).renameCommand(),
  evaluate: async () => (await import('./evaluate.ts')).evaluateCommand(),
  predict: async () => (await import('./predict.ts')).predictCommand(),
  export: async () => (await import('./export.ts')).exportCommand(),
  fix: async () => (await import('./fix.ts')).fixCommand(),
  prove: async () => (await import('./prove.ts')).proveCommand(),
  lr: async () => (await import('./lr.ts')).lrCommand(),
  overfit: async () => (await import('./overfit.ts')).overfitCommand(),
  look: async () => (await import('./look.ts')).lookCommand(),
  panel: async () => (await import('./panel.ts')).panelCommand(),
  server: async () => (await import('./server.ts')).serverCommand(),
  worker: async () => (await import('./worker.ts')).workerCommand(),
  doctor: async () => (await import('./doctor.ts')).doctorCommand(),
  runtime: async () => (await import('./runtime.ts')).runtimeCommand(),
  bench: async () => (await import('./bench.ts')).benchCommand(),
  'language-server': async () => (await import('./language-server.ts')).languageServerCommand(),
  mcp: async () => (await import('./mcp.ts')).mcpCommand(),
  schema: async () => (await import('./schema.ts')).schemaCommand(),
  tour: async () => (await import('./tour.ts')).tourCommand(),
};

/** The command of this name; all of them where there is none. */
export async function loadCommands(name: string | undefined): Promise<Command[]> {
  const called = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
  return await Promise.all((called ? [called] : Object.values(COMMANDS)).map((load) => load()));
}
