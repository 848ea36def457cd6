/** The plugins of the extension, and what it offers to other extensions. */
import commands from './plugins/commands';
import artifacts from './plugins/artifacts';
import context from './plugins/context';
import drive from './plugins/drive';
import explorer from './plugins/explorer';
import insertion from './plugins/insertion';
import panel from './plugins/panel';
import status from './plugins/status';

export * from './tokens';

export default [
  context,
  drive,
  insertion,
  commands,
  artifacts,
  explorer,
  panel,
  status
];
