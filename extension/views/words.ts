/** Runs in words: the only place where states, errors and times are worded for the tree, the status bar and messages. */
import * as vscode from 'vscode';
import { formatEpoch, formatPercent } from '../../server/domain/numbers/format.ts';
import type { RunState } from '../../server/protocol/events.ts';
import type { RunSummary } from '../../server/protocol/requests.ts';

const { t } = vscode.l10n;

/** A state as a word. */
export function stateWord(state: RunState): string {
  const words: Record<RunState, string> = {
    queued: t('queued'),
    running: t('running'),
    finished: t('finished'),
    stopped: t('stopped'),
    stalled: t('stalled'),
    diverged: t('diverged'),
    failed: t('failed'),
    interrupted: t('interrupted'),
  };
  return words[state];
}

/** Name of a state's codicon. */
export function stateIcon(state: RunState): string {
  const icons: Record<RunState, string> = {
    queued: 'clock',
    running: 'sync~spin',
    finished: 'pass',
    stopped: 'debug-stop',
    stalled: 'warning',
    diverged: 'flame',
    failed: 'error',
    interrupted: 'debug-disconnect',
  };
  return icons[state];
}

/** Colour of a state's icon in a tree; undefined: the text's own. */
export function stateColor(state: RunState): string | undefined {
  const colors: Partial<Record<RunState, string>> = {
    running: 'charts.blue',
    finished: 'charts.green',
    stalled: 'list.warningForeground',
    diverged: 'list.errorForeground',
    failed: 'list.errorForeground',
    interrupted: 'list.warningForeground',
  };
  return colors[state];
}

/** `epoch 2.4 of 10`; undefined until the run has started. */
export function epochs({ step, steps, epoch }: RunSummary): string | undefined {
  if (steps === 0 || step === 0) return undefined;
  return t('epoch {0} of {1}', formatEpoch(epoch), formatEpoch((epoch * steps) / step));
}

/** `top-1 error 12.3 %, top-5 error 0.4 %`; undefined before the first evaluation. */
export function errorRates({ top1, top5 }: RunSummary): string | undefined {
  if (top1 === undefined) return undefined;
  if (top5 === undefined) return t('top-1 error {0}', formatPercent(top1));
  return t('top-1 error {0}, top-5 error {1}', formatPercent(top1), formatPercent(top5));
}
