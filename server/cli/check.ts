import { dirname, resolve } from 'node:path';
import { Command } from 'commander';
import { checkRunFile, layersJson } from '../run-file/check.ts';
import { WeightOutlines } from '../weight-file.ts';
import { count, number } from './format.ts';
import { Exit, print, printJson, styled, table } from './output.ts';
import { describeMistake, readText } from './run-files.ts';

const outlines = new WeightOutlines();

/** Depth, cost and propagation of one file, and its findings. Returns its exit code. */
function checkFile(file: string, json: boolean): Exit {
  const text = readText(file);
  const result = checkRunFile(text, { fileName: file, folder: dirname(resolve(file)), readStored: outlines.read });
  const { runFile, checked } = result;
  if (!checked) {
    const findings = runFile.mistakes.map(({ message, range }) => ({
      rule: 'run-file',
      severity: 'error',
      line: range.line,
      column: range.column,
      message,
    }));
    if (json) printJson({ file, findings });
    else for (const mistake of runFile.mistakes) print(describeMistake(file, mistake));
    return Exit.badInput;
  }
  const { propagation, findings, parameters, multiplyAdds } = checked;
  const layers = layersJson(checked, runFile);
  if (json)
    printJson({
      file,
      parameters,
      multiply_adds: multiplyAdds,
      weighted_layers: layers.length,
      forward_factor: propagation.forwardFactor,
      backward_factor: propagation.backwardFactor,
      layers,
      findings,
    });
  else {
    print(styled('bold', file));
    print(
      `${layers.length} weighted layers, ${count(parameters)} parameters, ${count(multiplyAdds)} multiply-adds an image`,
    );
    print(
      table([
        ['layer', 'line', 'output', 'weight std', 'forward std', 'backward std'],
        ...layers.map((layer, i) => [
          layer.name,
          String(layer.line),
          layer.output.join('×'),
          number(layer.weight_std ?? Number.NaN),
          number(propagation.layers[i]?.forwardStd ?? Number.NaN),
          number(propagation.layers[i]?.backwardStd ?? Number.NaN),
        ]),
      ]),
    );
    print(
      `Relative to \`he\` on the same network: signal ${number(propagation.forwardFactor)}, gradient ${number(propagation.backwardFactor)}.`,
    );
    for (const finding of findings) {
      print(
        `${file}:${finding.line}:${finding.column}: ${styled(finding.severity === 'error' ? 'red' : 'yellow', finding.severity)} ${finding.rule}: ${finding.message}`,
      );
      if (finding.fix) print(`  fix: ${finding.fix.title}`);
    }
    print();
  }
  return findings.some(({ severity }) => severity === 'error') ? Exit.badEnd : Exit.done;
}

/** `rectiscope check FILE…` */
export function checkCommand(): Command {
  return new Command('check')
    .description('Static analysis: will the signal and the gradient survive the depth?')
    .argument('<file...>', 'run files')
    .option('--json', 'one JSON line a file')
    .action((files: string[], { json = false }: { json?: boolean }) => {
      const codes = files.map((file) => checkFile(file, json));
      // A file that can't be read outweighs one with a finding.
      process.exitCode = codes.includes(Exit.badInput) ? Exit.badInput : Math.max(...codes);
    });
}
