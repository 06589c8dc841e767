/**
 * A run in a terminal: one line that is written over, plain lines where there is no terminal. By hand: what a bar of a package would
 * spare is the one `write` below; what is said, and when, is ours.
 */

import { formatCount, formatEpoch, formatLoss, formatNumber, formatPercent } from '../domain/numbers/format.ts';
import { median } from '../domain/numbers/statistics.ts';
import { formatDuration } from '../domain/numbers/units.ts';
import { TimeLeft } from '../figures/time-left.ts';
import type { EndEvent, FindingEvent, RunEvent, StartedEvent, StepEvent } from '../protocol/events.ts';
import { placeInFile } from '../protocol/finding-place.ts';
import { printableLine } from '../protocol/printable.ts';
import { probedGradientPerWeight } from '../protocol/probe-table.ts';
import type { RunSummary } from '../protocol/requests.ts';
import { print, styled } from './output.ts';

/** Seconds between plain lines. */
const PLAIN_SECONDS = 10;

/** Shows the events of one run to a person. */
export class Progress {
  readonly #name: string;
  readonly #terminal: boolean;
  #started: StartedEvent | undefined;
  #stepMs: number[] = [];
  readonly #timeLeft = new TimeLeft();
  #errors = '';
  #leastGradient = '';
  /** Rules whose finding was told. */
  readonly #found = new Set<string>();
  #lineOpen = false;
  #lastPlain = Number.NEGATIVE_INFINITY;

  constructor(name: string, terminal: boolean = process.stdout.isTTY === true) {
    this.#name = printableLine(name);
    this.#terminal = terminal;
  }

  /** An event, and what the server then said of the run: without it, no time left is told. */
  take(event: RunEvent, summary?: RunSummary): void {
    switch (event.event) {
      case 'queued':
        return this.#line(`queued as ${event.run}`);
      case 'started':
        this.#started = event;
        return this.#line(
          `${event.weighted_layers} weighted ${event.weighted_layers === 1 ? 'layer' : 'layers'}, ${formatCount(event.parameters)} parameters, on ${event.backend} (${event.device}, ${event.threads} ${event.threads === 1 ? 'thread' : 'threads'})`,
        );
      case 'step':
        this.#stepMs = [...this.#stepMs, event.step_ms].slice(-20);
        if (summary !== undefined) this.#timeLeft.take([summary]);
        return this.#progress(event, summary);
      case 'probe': {
        const values = event.layers.map(probedGradientPerWeight);
        const least = Math.min(...values);
        this.#leastGradient = `least gradient per weight ${formatNumber(least)} (${event.layers[values.indexOf(least)]?.name ?? '–'})`;
        return;
      }
      case 'evaluation':
        this.#errors = `top-1 ${formatPercent(event.top1)}, top-5 ${formatPercent(event.top5)}`;
        return this.#line(
          `epoch ${formatEpoch(event.epoch)}: top-1 error ${formatPercent(event.top1)}, top-5 error ${formatPercent(event.top5)}, loss ${formatLoss(Number(event.loss))}`,
        );
      case 'finding':
        return this.#finding(event);
      case 'recovered':
        return this.#line(
          `${styled('green', 'recovered')}: ${event.rule}, found at step ${formatCount(event.found)}, is over since step ${formatCount(event.step)}`,
        );
      case 'proof':
        return this.#line(
          event.state === 'running'
            ? `proving ${event.fixes.map(({ title }) => title).join('; ')}: the fixed copy is ${event.fixed}`
            : (event.verdict ?? event.message ?? event.state),
        );
      case 'notice':
        return this.#line(event.message);
      case 'checkpoint':
        return;
      case 'end':
        return this.#end(event);
    }
  }

  /** What follows from a cause that was told is told briefly, beneath it. */
  #finding({ severity, rule, step, message, fix, cause, ...rest }: FindingEvent): void {
    const head = `${styled(severity === 'error' ? 'red' : 'yellow', `${severity} ${rule}`)} at step ${step}`;
    const follows = cause !== undefined && this.#found.has(cause);
    this.#found.add(rule);
    if (follows) return this.#line(`  ↳ ${head}, follows from ${cause}`);
    const place = placeInFile(rest);
    this.#line(`${head}${place === undefined ? '' : `, ${place}`}: ${message}`);
    if (fix) this.#line(`fix: ${fix.title}`);
  }

  #progress({ step, loss }: StepEvent, summary: RunSummary | undefined): void {
    const total = this.#started?.steps ?? step;
    const left = summary === undefined ? undefined : this.#timeLeft.of(summary);
    const parts = [
      `${this.#name}: step ${formatCount(step)}/${formatCount(total)}`,
      `loss ${formatLoss(Number(loss))}`,
      `${formatNumber(1000 / median(this.#stepMs))} steps/s`,
      left === undefined ? '' : `${formatDuration(left)} left`,
      this.#errors,
      this.#leastGradient,
    ];
    const text = printableLine(parts.filter((part) => part !== '').join(' · '));
    if (this.#terminal) {
      const width = process.stdout.columns ?? 80;
      process.stdout.write(`\r\x1b[K${text.length > width - 1 ? `${text.slice(0, width - 2)}…` : text}`);
      this.#lineOpen = true;
      return;
    }
    const now = performance.now() / 1000;
    if (now - this.#lastPlain < PLAIN_SECONDS) return;
    this.#lastPlain = now;
    print(text);
  }

  #end({ state, message, seconds, top1, top5 }: EndEvent): void {
    const errors = top1 === undefined ? '' : `, top-1 error ${formatPercent(top1)}, top-5 error ${formatPercent(top5)}`;
    this.#line(`${state} after ${formatDuration(seconds)}${errors}${message ? `. ${message}` : ''}`);
  }

  #line(text: string): void {
    if (this.#lineOpen) process.stdout.write('\r\x1b[K');
    this.#lineOpen = false;
    print(`${this.#name}: ${text}`);
  }
}
