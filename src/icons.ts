/** The icons, drawn for this project. */
import { LabIcon } from '@jupyterlab/ui-components';

const FILL = 'class="jp-icon3" fill="#616161"';
const LINE =
  'class="jp-icon3-outline" fill="none" stroke="#616161" stroke-linecap="round" stroke-linejoin="round"';

/** Three runs of different height under a curve: the sidebar's tab. */
export const explorerIcon = new LabIcon({
  name: 'jupyter-mlflow-explorer:explorer',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g ${FILL}>
    <rect x="3" y="14" width="4" height="7" rx="1"/>
    <rect x="10" y="11" width="4" height="10" rx="1"/>
    <rect x="17" y="7" width="4" height="14" rx="1"/>
    <path d="M2.6 10.6 8.4 5.4l4 2.6 6.9-6 1.4 1.5-8 7-4.1-2.6-4.6 4.1z"/>
  </g>
</svg>`
});

/** Two columns side by side with an arrow between them. */
export const compareIcon = new LabIcon({
  name: 'jupyter-mlflow-explorer:compare',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g ${FILL}>
    <path d="M3 4h7v16H3zm2 2v12h3V6z"/>
    <path d="M14 4h7v16h-7zm2 2v12h3V6z"/>
  </g>
</svg>`
});

/** A cell with a plus: things that go into the notebook. */
export const insertIcon = new LabIcon({
  name: 'jupyter-mlflow-explorer:insert',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g ${FILL}>
    <path d="M3 4h18v6H3zm2 2v2h14V6z"/>
    <path d="M11 12h2v3h3v2h-3v3h-2v-3H8v-2h3z"/>
  </g>
</svg>`
});

/** A page with lines and a bar chart: a report. */
export const reportIcon = new LabIcon({
  name: 'jupyter-mlflow-explorer:report',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g ${FILL}>
    <path d="M5 2h10l4 4v16H5zm2 2v16h10V7h-3V4z"/>
    <path d="M9 14h1.6v4H9zm2.7-4h1.6v8h-1.6zm2.7 2H16v6h-1.6z"/>
  </g>
</svg>`
});

/** A rising and a falling line. */
export const curvesIcon = new LabIcon({
  name: 'jupyter-mlflow-explorer:curves',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g ${FILL}>
    <path d="M3 3h2v16h16v2H3z"/>
    <path d="m7 15.6 4-5 3 2.4 5.2-7 1.6 1.2-6.5 8.7-3.1-2.5-2.6 3.3z"/>
  </g>
</svg>`
});

/** Arrows up and down. */
export const sortIcon = new LabIcon({
  name: 'jupyter-mlflow-explorer:sort',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g ${FILL}>
    <path d="M8 4 4 8.2l1.4 1.4L7 7.9V20h2V7.9l1.6 1.7L12 8.2z"/>
    <path d="m16 20 4-4.2-1.4-1.4-1.6 1.7V4h-2v12.1l-1.6-1.7-1.4 1.4z"/>
  </g>
</svg>`
});

/** Rows and columns: the runs table. */
export const tableIcon = new LabIcon({
  name: 'jupyter-mlflow-explorer:table',
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">
  <g ${FILL}>
    <path d="M3 4h18v16H3zm2 5v2.5h4V9zm6 0v2.5h8V9zm-6 4.5V18h4v-4.5zm6 0V18h8v-4.5z"/>
  </g>
</svg>`
});

/** What a run is doing, by status; the shapes differ, so that colour is not needed to tell them apart. */
export const statusIcons = {
  FINISHED: new LabIcon({
    name: 'jupyter-mlflow-explorer:status-finished',
    svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="14" viewBox="0 0 16 16"><g ${LINE} stroke-width="2"><path d="m3 8.5 3.2 3.2L13 4.8"/></g></svg>`
  }),
  RUNNING: new LabIcon({
    name: 'jupyter-mlflow-explorer:status-running',
    svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="14" viewBox="0 0 16 16"><path ${FILL} d="M4.5 2.8v10.4L13 8z"/></svg>`
  }),
  SCHEDULED: new LabIcon({
    name: 'jupyter-mlflow-explorer:status-scheduled',
    svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="14" viewBox="0 0 16 16"><g ${LINE} stroke-width="1.6"><circle cx="8" cy="8" r="5.6"/><path d="M8 4.8V8l2.2 1.6"/></g></svg>`
  }),
  FAILED: new LabIcon({
    name: 'jupyter-mlflow-explorer:status-failed',
    svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="14" viewBox="0 0 16 16"><g ${LINE} stroke-width="2"><path d="m4 4 8 8M12 4l-8 8"/></g></svg>`
  }),
  KILLED: new LabIcon({
    name: 'jupyter-mlflow-explorer:status-killed',
    svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="14" viewBox="0 0 16 16"><rect ${FILL} x="3.5" y="3.5" width="9" height="9" rx="1"/></svg>`
  })
} as const;
