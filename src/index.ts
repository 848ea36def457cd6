/** The plugins of the extension, and what it offers to other extensions. */
import commands from './plugins/commands';
import artifacts from './plugins/artifacts';
import collect from './plugins/collectcommands';
import context from './plugins/context';
import drive from './plugins/drive';
import explorer from './plugins/explorer';
import insertion from './plugins/insertion';
import notebooks from './plugins/notebooks';
import panel from './plugins/panel';
import recipes from './plugins/recipes';
import reports from './plugins/reports';
import refresh from './plugins/refresh';
import runtable from './plugins/runtable';
import status from './plugins/status';

export * from './tokens';

export default [
  context,
  drive,
  insertion,
  commands,
  artifacts,
  collect,
  recipes,
  notebooks,
  reports,
  refresh,
  explorer,
  panel,
  runtable,
  status
];
