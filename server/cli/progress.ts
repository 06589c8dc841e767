/** A run in a terminal: one line that is written over, plain lines where there is no terminal. */

import { number, percent } from '../domain/numbers/format.ts';
import { formatDuration } from '../figures/format.ts';
import { TimeLeft } from '../figures/time-left.ts';
import type { EndEvent, FindingEvent, RunEvent, StartedEvent, StepEvent } from '../protocol/events.ts';
import { placeInFile } from '../protocol/finding-place.ts';
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
    this.#name = name;
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
          `${event.weighted_layers} weighted ${event.weighted_layers === 1 ? 'layer' : 'layers'}, ${event.parameters.toLocaleString('en-US')} parameters, on ${event.backend} (${event.device}, ${event.threads} ${event.threads === 1 ? 'thread' : 'threads'})`,
        );
      case 'step':
        this.#stepMs = [...this.#stepMs, event.step_ms].slice(-20);
        if (summary !== undefined) this.#timeLeft.take([summary]);
        return this.#progress(event, summary);
      case 'probe': {
        const values = event.layers.map(
          ({ gradient_norm, weight_norm }) => Number(gradient_norm) / Number(weight_norm),
        );
        const least = Math.min(...values);
        this.#leastGradient = `least gradient per weight ${number(least)} (${event.layers[values.indexOf(least)]?.name ?? '–'})`;
        return;
      }
      case 'evaluation':
        this.#errors = `top-1 ${percent(event.top1)}, top-5 ${percent(event.top5)}`;
        return this.#line(
          `epoch ${event.epoch.toFixed(2)}: top-1 error ${percent(event.top1)}, top-5 error ${percent(event.top5)}, loss ${number(Number(event.loss))}`,
        );
      case 'finding':
        return this.#finding(event);
      case 'recovered':
        return this.#line(
          `${styled('green', 'recovered')}: ${event.rule}, found at step ${event.found}, ended at step ${event.step}`,
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
    const median = this.#stepMs.toSorted((a, b) => a - b)[Math.floor(this.#stepMs.length / 2)] ?? 0;
    const total = this.#started?.steps ?? step;
    const left = summary === undefined ? undefined : this.#timeLeft.of(summary);
    const parts = [
      `${this.#name}: step ${step}/${total}`,
      `loss ${number(Number(loss))}`,
      `${number(1000 / median)} steps/s`,
      left === undefined ? '' : `${formatDuration(left)} left`,
      this.#errors,
      this.#leastGradient,
    ];
    const text = parts.filter((part) => part !== '').join(' · ');
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
    const errors = top1 === undefined ? '' : `, top-1 error ${percent(top1)}, top-5 error ${percent(top5)}`;
    this.#line(`${state} after ${formatDuration(seconds)}${errors}${message ? `. ${message}` : ''}`);
  }

  #line(text: string): void {
    if (this.#lineOpen) process.stdout.write('\r\x1b[K');
    this.#lineOpen = false;
    print(`${this.#name}: ${text}`);
  }
}
