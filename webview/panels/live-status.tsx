/** Announces the progress of the chosen runs to screen readers, at intervals and when a state or a finding changes. */
import { useSignal, useSignalEffect } from '@preact/signals';
import type { VNode } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { speakRun } from '../spoken.ts';
import { usePanel } from './context.ts';

/** Often enough to follow, rare enough not to disturb. */
const INTERVAL_MS = 30_000;

export function LiveStatus(): VNode {
  const { store, spoken } = usePanel();
  const announced = useRef('');
  const states = useRef('');
  const text = useSignal('');

  useEffect(() => {
    const timer = setInterval(() => {
      const summary = summarize();
      if (summary !== announced.current) text.value = summary;
      announced.current = summary;
    }, INTERVAL_MS);
    return () => clearInterval(timer);
  });
  const summarize = (): string =>
    (store.runs.peek() ?? [])
      .filter((run) => store.chosen.peek().includes(run.run))
      .map((run) => speakRun(run, { data: store.data(run.run), left: store.timeLeft(run) }))
      .join(' ');
  useSignalEffect(() => {
    const chosen = store.chosen.value;
    const now = (store.runs.value ?? [])
      .filter((run) => chosen.includes(run.run))
      .map((run) => `${run.run} ${run.state} ${run.findings}`)
      .join();
    if (now === states.current) return;
    states.current = now;
    announced.current = summarize();
    text.value = announced.current;
  });
  return (
    <div class="sr-only">
      <div role="status" aria-live="polite">
        {text}
      </div>
      <div aria-live="polite">{spoken}</div>
    </div>
  );
}
