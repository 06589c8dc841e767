/** Icons on a grid of sixteen units, in the colour of the surrounding text; always next to or inside something labelled. */
import type { VNode } from 'preact';

const PATHS = {
  error:
    'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm3.2 9.3-.9.9L8 8.9l-2.3 2.3-.9-.9L7.1 8 4.8 5.7l.9-.9L8 7.1l2.3-2.3.9.9L8.9 8Z',
  warning: 'M8 1.5 15.3 14.5H.7ZM7.3 6v4.2h1.4V6Zm0 5.3v1.4h1.4v-1.4Z',
  information: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm.8 10.8H7.2V7h1.6Zm0-6.2H7.2V4.1h1.6Z',
  queued:
    'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13Zm0 1.2a5.3 5.3 0 1 1 0 10.6A5.3 5.3 0 0 1 8 2.7Zm-.6 1.8v4l3 1.8.6-1-2.4-1.4V4.5Z',
  running: 'M4 2.5v11l9.5-5.5Z',
  finished: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm-1 10L3.8 7.9l.9-.9L7 9.2 11.3 5l.9.9Z',
  stopped: 'M3.5 3.5h9v9h-9Z',
  stalled: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm3.5 7.8h-7V7.2h7Z',
  diverged: 'M2 13.5 6.5 9l2 2L13 4.4V7h1.3V2H9.3v1.3h2.6L8.3 9 6.4 7.1 1.1 12.6Z',
  failed: 'M5 1h6l4 4v6l-4 4H5l-4-4V5Zm2.3 3v5h1.4V4Zm0 6.3v1.5h1.4v-1.5Z',
  interrupted: 'M9.5 1 3 9h4l-1.5 6L13 6.5H8.6Z',
  stop: 'M3.5 3.5h9v9h-9Z',
  resume: 'M2.5 2.5H4v11H2.5ZM6 2.5v11L15 8Z',
  remove: 'M6 1h4v1.5h4V4H2V2.5h4ZM3 5h10l-.8 10H3.8Zm3 1.5.3 7h1.1l-.2-7Zm3.8 0-.2 7h1.1l.3-7Z',
  only: 'M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm0 1.3a5.7 5.7 0 1 1 0 11.4A5.7 5.7 0 0 1 8 2.3Zm0 3a2.7 2.7 0 1 0 0 5.4 2.7 2.7 0 0 0 0-5.4Z',
  table:
    'M1.5 2.5h13v11h-13Zm1.2 1.2v2h10.6v-2Zm0 3.2v2.2h4.1V6.9Zm5.3 0v2.2h5.3V6.9Zm-5.3 3.4v2h4.1v-2Zm5.3 0v2h5.3v-2Z',
  chart: 'M1.5 1.5h1.3v11.7h11.7v1.3h-13ZM4 10.5 7 6l2.5 2.5L13.5 3l1 .8-4.8 6.7L7.2 8l-2.1 3.2Z',
  download: 'M7.3 1.5h1.4v6.6l2.4-2.4 1 1L8 10.8 3.9 6.7l1-1 2.4 2.4ZM2 12.7h12V14H2Z',
  goto: 'M9 2.5 14.5 8 9 13.5l-1-1L11.8 8.7H1.5V7.3h10.3L8 3.5Z',
  close: 'm8 7.1 4-4 .9.9-4 4 4 4-.9.9-4-4-4 4-.9-.9 4-4-4-4 .9-.9Z',
  plug: 'M5 1h1.4v3.5h3.2V1H11v3.5h1.5v3A4.5 4.5 0 0 1 8.7 12v3H7.3v-3A4.5 4.5 0 0 1 3.5 7.5v-3H5Z',
  fix: 'M8 1.2a4.6 4.6 0 0 0-2.5 8.5V12h5V9.7A4.6 4.6 0 0 0 8 1.2ZM5.5 12.8h5V14h-1v1h-3v-1h-1Z',
  prove:
    'M5.5 1h5v1.3h-.8v4L13.8 13a1.4 1.4 0 0 1-1.2 2H3.4a1.4 1.4 0 0 1-1.2-2l4.1-6.7v-4h-.8Zm2.1 1.3v4.4L5.7 9.8h4.6L8.4 6.7V2.3Z',
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }): VNode {
  return (
    <svg class={`icon icon-${name}`} viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
      <path d={PATHS[name]} fill="currentColor" fill-rule="evenodd" />
    </svg>
  );
}
