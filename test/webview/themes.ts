/** What VS Code sets on a page, in three of its own themes: the variables that the panel uses, and the body's class. */

export interface HostTheme {
  readonly bodyClass: string;
  readonly variables: Readonly<Record<string, string>>;
}

const common = {
  'font-family': 'system-ui, "DejaVu Sans", sans-serif',
  'editor-font-family': 'monospace',
};

export const THEMES: Readonly<Record<'dark' | 'light' | 'contrast', HostTheme>> = {
  /** Dark Modern. */
  dark: {
    bodyClass: 'vscode-dark',
    variables: {
      ...common,
      'editor-background': '#1f1f1f',
      'sideBar-background': '#181818',
      foreground: '#cccccc',
      'editor-foreground': '#cccccc',
      descriptionForeground: '#9d9d9d',
      'panel-border': '#2b2b2b',
      'dropdown-background': '#313131',
      'dropdown-foreground': '#cccccc',
      'dropdown-border': '#3c3c3c',
      'list-hoverBackground': '#2a2d2e',
      focusBorder: '#0078d4',
      'button-background': '#0078d4',
      'button-foreground': '#ffffff',
      'button-hoverBackground': '#026ec1',
      'editorError-foreground': '#f14c4c',
      'editorWarning-foreground': '#cca700',
      'editorInfo-foreground': '#3794ff',
      'testing-iconPassed': '#73c991',
      'textLink-foreground': '#4daafc',
    },
  },
  /** Light Modern. */
  light: {
    bodyClass: 'vscode-light',
    variables: {
      ...common,
      'editor-background': '#ffffff',
      'sideBar-background': '#f8f8f8',
      foreground: '#3b3b3b',
      'editor-foreground': '#3b3b3b',
      descriptionForeground: '#3b3b3b',
      'panel-border': '#e5e5e5',
      'dropdown-background': '#ffffff',
      'dropdown-foreground': '#3b3b3b',
      'dropdown-border': '#cecece',
      'list-hoverBackground': '#f2f2f2',
      focusBorder: '#005fb8',
      'button-background': '#005fb8',
      'button-foreground': '#ffffff',
      'button-hoverBackground': '#0258a8',
      'editorError-foreground': '#e51400',
      'editorWarning-foreground': '#bf8803',
      'editorInfo-foreground': '#0063d3',
      'testing-iconPassed': '#369432',
      'textLink-foreground': '#005fb8',
    },
  },
  /** Dark High Contrast. */
  contrast: {
    bodyClass: 'vscode-high-contrast',
    variables: {
      ...common,
      'editor-background': '#000000',
      'sideBar-background': '#000000',
      foreground: '#ffffff',
      'editor-foreground': '#ffffff',
      descriptionForeground: 'rgba(255, 255, 255, 0.7)',
      contrastBorder: '#6fc3df',
      'panel-border': '#6fc3df',
      'dropdown-background': '#000000',
      'dropdown-foreground': '#ffffff',
      'dropdown-border': '#6fc3df',
      'list-hoverBackground': 'rgba(255, 255, 255, 0.1)',
      focusBorder: '#f38518',
      'button-background': '#000000',
      'button-foreground': '#ffffff',
      'editorError-foreground': '#f48771',
      'editorWarning-foreground': '#ffd370',
      'editorInfo-foreground': '#3794ff',
      'testing-iconPassed': '#73c991',
      'textLink-foreground': '#21a6ff',
    },
  },
};
