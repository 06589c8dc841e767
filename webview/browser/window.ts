/** A dialog over the page for what an editor would show itself. Text only: nothing received is interpreted as HTML. */
import type { Instruction, InstructionLine } from '../../server/protocol/panel.ts';
import { save } from './save.ts';

function make<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  { text, name, children = [] }: { text?: string; name?: string; children?: readonly Node[] } = {},
): HTMLElementTagNameMap[Tag] {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (name !== undefined) element.className = name;
  element.append(...children);
  return element;
}

function button(label: string, act: () => void): HTMLButtonElement {
  const element = make('button', { text: label });
  element.type = 'button';
  element.addEventListener('click', act);
  return element;
}

/** Opens a dialog; a button, Escape or a click beside it closes and removes it. */
function open(options: {
  title: string;
  content: readonly Node[];
  buttons: readonly HTMLButtonElement[];
  /** Label of the button that closes it. */
  close?: string;
}): HTMLDialogElement {
  const { title, content, buttons, close: label = 'Close' } = options;
  const dialog = make('dialog', { name: 'window' });
  const close = button(label, () => dialog.close());
  const heading = make('h2', { text: title });
  heading.id = 'window-title';
  dialog.setAttribute('aria-labelledby', heading.id);
  dialog.append(heading, ...content, make('p', { name: 'window-buttons', children: [...buttons, close] }));
  dialog.addEventListener('close', () => dialog.remove());
  dialog.addEventListener('click', (event) => {
    if (event.target === dialog) dialog.close();
  });
  for (const other of document.querySelectorAll<HTMLDialogElement>('dialog.window')) other.close();
  document.body.append(dialog);
  dialog.showModal();
  return dialog;
}

const SIGNS = { here: '›', removed: '−', added: '+' } as const;
const SPOKEN = { here: 'this line: ', removed: 'removed: ', added: 'added: ' } as const;

function lineOf({ number, text, mark }: InstructionLine): HTMLElement {
  const spoken = make('span', { text: mark === undefined ? '' : SPOKEN[mark], name: 'sr-only' });
  const sign = make('span', { text: mark === undefined ? ' ' : SIGNS[mark], name: 'sign' });
  sign.ariaHidden = 'true';
  const count = make('span', { text: String(number), name: 'number' });
  return make('div', {
    name: `instruction-line ${mark ?? ''}`,
    children: [count, sign, spoken, make('code', { text })],
  });
}

/** A copy button that confirms when it has copied. */
function copyButton({ label, text }: { label: string; text: string }): HTMLButtonElement {
  const element = button(label, () => {
    navigator.clipboard.writeText(text).then(
      () => {
        element.textContent = 'Copied';
      },
      () => {
        // The browser does not let pages copy: the user can select the text.
        element.textContent = 'Select the text and copy it';
      },
    );
  });
  return element;
}

const commandOf = (text: string): HTMLElement =>
  make('p', {
    name: 'instruction-command',
    children: [make('code', { text }), copyButton({ label: 'Copy command', text })],
  });

/** Shows an instruction of the host. */
export function show({ title, paragraphs, lines = [], commands = [], copy, download }: Instruction): void {
  const numbered = make('div', { name: 'instruction-lines', children: lines.map(lineOf) });
  numbered.tabIndex = 0;
  numbered.role = 'region';
  numbered.ariaLabel = 'Lines of the file';
  const content = [
    ...paragraphs.map((text) => make('p', { text })),
    ...commands.map(commandOf),
    ...(lines.length > 0 ? [numbered] : []),
  ];
  const buttons = [
    ...(copy ? [copyButton(copy)] : []),
    ...(download ? [button(`Save ${download.name}`, () => save({ ...download, mime: 'text/yaml' }))] : []),
  ];
  open({ title, content, buttons });
}

/** Asks the user to confirm that a run is to be removed. */
export function askToRemove(name: string): Promise<boolean> {
  return new Promise((resolve) => {
    const yes = button('Remove', () => {
      resolve(true);
      dialog.close();
    });
    yes.classList.add('primary');
    const text = 'Its curves, findings and checkpoints are deleted; the run file stays. This can’t be undone.';
    const content = [make('p', { text })];
    const dialog = open({ title: `Remove the run ${name}?`, content, buttons: [yes], close: 'Cancel' });
    dialog.addEventListener('close', () => resolve(false));
  });
}
