import { Notification } from '@jupyterlab/apputils';
import { nullTranslator } from '@jupyterlab/translation';
import type { Report } from '../../api/types';
import {
  phaseText,
  progressOf,
  ReportNotices
} from '../../plugins/reportnotices';
import { withEnding } from '../../plugins/reportdialog';
import { ReportsState } from '../../state/reports';
import { FakeClient, makeReport, settle } from '../fakeclient';

const trans = nullTranslator.load('jupyter_mlflow_explorer');

it('tells the phase and how far it is', () => {
  const at = (more: Partial<Report>) => {
    const report = makeReport(more);
    return `${phaseText(report, trans)} ${progressOf(report).toFixed(2)}`;
  };
  expect(at({})).toBe('Preparing 0.00');
  expect(at({ phase: 'executing' })).toBe('Running cells 0.00');
  expect(at({ phase: 'executing', done: 2, total: 12 })).toBe(
    'Running cells: 3 of 12 0.15'
  );
  expect(at({ phase: 'executing', done: 12, total: 12 })).toBe(
    'Running cells: 12 of 12 0.90'
  );
  expect(at({ phase: 'saving', done: 12, total: 12 })).toBe(
    'Writing the file 0.90'
  );
});

it.each([
  ['a.html', 'html', 'pdf', 'a.pdf'],
  ['a.HTML', 'html', 'markdown', 'a.md'],
  ['a.txt', 'html', 'markdown', 'a.txt']
] as const)('gives %s, a file for %s, the ending of %s', (...row) => {
  const [file, before, after, expected] = row;
  expect(withEnding(file, before, after)).toBe(expected);
});

describe('the notices', () => {
  let client: FakeClient;
  let reports: ReportsState;
  const open = jest.fn();

  const notices = () => Notification.manager.notifications;
  const action = (label: string) =>
    notices()[0].options.actions?.find(one => one.label === label);

  beforeEach(async () => {
    client = new FakeClient();
    reports = new ReportsState({ client, intervalMs: 1 });
    new ReportNotices(reports, open, trans);
    await reports.start({} as never);
  });
  afterEach(() => {
    reports.dispose();
    Notification.dismiss();
    open.mockReset();
  });

  async function tell(change: Partial<Report>): Promise<void> {
    client.setReport('p0', change);
    await new Promise(resolve => setTimeout(resolve, 20));
  }

  it('keeps one notice while it runs, and opens what came of it', async () => {
    await tell({ phase: 'executing', done: 2, total: 4 });
    expect(notices()).toHaveLength(1);
    expect(notices()[0].type).toBe('in-progress');
    expect(notices()[0].message).toBe(
      'Report “Tumours”: Running cells: 3 of 4'
    );
    expect(notices()[0].options.progress).toBeCloseTo(0.45);
    await tell({ state: 'done' });
    expect(notices()).toHaveLength(1);
    expect(notices()[0].type).toBe('success');
    expect(notices()[0].message).toContain('notes/Tumours.html');
    action('Open')?.callback(new MouseEvent('click'));
    expect(open).toHaveBeenCalledWith(
      expect.objectContaining({ path: 'notes/Tumours.html' })
    );
  });

  it('names a failed cell, and still opens the report', async () => {
    await tell({ state: 'done', failed_cell: 7, message: 'ZeroDivisionError' });
    expect(notices()[0].type).toBe('warning');
    expect(notices()[0].message).toContain('cell 7 failed: ZeroDivisionError');
    expect(action('Open')).toBeTruthy();
  });

  it('cancels, and says so', async () => {
    await tell({});
    const event = new MouseEvent('click', { cancelable: true });
    action('Cancel')?.callback(event);
    expect(event.defaultPrevented).toBe(true);
    expect(notices()[0].message).toContain('cancelling…');
    await settle();
    await tell({});
    expect(client.count('removeReport')).toBe(1);
    expect(notices()[0].message).toBe('Report “Tumours” was cancelled.');
  });

  it('says why there is none', async () => {
    await tell({ state: 'failed', message: 'No run with id x.' });
    expect(notices()[0].type).toBe('error');
    expect(notices()[0].message).toContain('No run with id x.');
    expect(notices()[0].options.actions).toEqual([]);
  });
});
