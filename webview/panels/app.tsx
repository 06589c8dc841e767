/** The panel: runs and findings beside the charts. */
import type { VNode } from 'preact';
import { Classes } from './classes.tsx';
import { type Panel, PanelContext } from './context.ts';
import { Curves } from './curves.tsx';
import { Findings } from './findings.tsx';
import { Layers } from './layers.tsx';
import { LiveStatus } from './live-status.tsx';
import { RunList } from './run-list.tsx';
import { Banners, BeforeRuns, NoRuns, NothingChosen } from './states.tsx';
import { Toolbar } from './toolbar.tsx';

export function App({ panel }: { panel: Panel }): VNode {
  return (
    <PanelContext.Provider value={panel}>
      <Page panel={panel} />
      <LiveStatus />
    </PanelContext.Provider>
  );
}

function Page({ panel }: { panel: Panel }): VNode {
  const { runs, chosen } = panel.store;
  if (runs.value === undefined) return <main class="page">{<BeforeRuns />}</main>;
  if (runs.value.length === 0) {
    return (
      <main class="page">
        <Banners />
        <NoRuns />
      </main>
    );
  }
  return (
    <div class="panel">
      <h1 class="sr-only">Rectiscope</h1>
      <aside aria-label="Runs and findings">
        <RunList />
        <Findings />
      </aside>
      <main>
        <Toolbar />
        <Banners />
        {chosen.value.length === 0 ? (
          <NothingChosen />
        ) : (
          <>
            <Curves />
            <Layers />
            <Classes />
          </>
        )}
      </main>
    </div>
  );
}
