/** Tells how reports get on: one notice for each, with a way to cancel it, and to open what came of it. */
import { Notification } from '@jupyterlab/apputils';
import type { TranslationBundle } from '@jupyterlab/translation';
import { failureOf } from '../api/errors';
import type { Report, ReportFormat } from '../api/types';
import { oneLine } from '../format';
import type { ReportsState } from '../state/reports';

const NOTICE_MS = 5000;
/** Share of the progress that running the cells takes. */
const EXECUTION = 0.9;

/** The viewer of each format. */
export const VIEWERS: Record<ReportFormat, string> = {
  html: 'HTML Viewer',
  markdown: 'Markdown Preview',
  pdf: 'PDF'
};

/** What a report is doing, in words. */
export function phaseText(report: Report, trans: TranslationBundle): string {
  const { done, total } = report;
  switch (report.phase) {
    case 'preparing':
      return trans.__('Preparing');
    case 'executing':
      return total > 0
        ? trans.__('Running cells: %1 of %2', Math.min(done + 1, total), total)
        : trans.__('Running cells');
    default:
      return trans.__('Writing the file');
  }
}

/** How far a report is, from 0 to 1. */
export function progressOf(report: Report): number {
  switch (report.phase) {
    case 'preparing':
      return 0;
    case 'executing':
      return report.total > 0 ? (EXECUTION * report.done) / report.total : 0;
    default:
      return EXECUTION;
  }
}

/** Shows the reports of a state. Not for one that nobody follows. */
export class ReportNotices {
  constructor(
    private _reports: ReportsState,
    private _open: (report: Report) => void,
    private _trans: TranslationBundle
  ) {
    _reports.reportChanged.connect(this._onChanged, this);
  }

  private _onChanged(_: unknown, report: Report): void {
    const trans = this._trans;
    const title = oneLine(report.title, 80);
    const open: Notification.IAction = {
      label: trans.__('Open'),
      caption: trans.__('Open the report'),
      displayType: 'accent',
      callback: () => this._open(report)
    };
    switch (report.state) {
      case 'running':
        this._show(report, {
          type: 'in-progress',
          message: this._cancelled.has(report.report_id)
            ? trans.__('Report “%1”: cancelling…', title)
            : trans.__('Report “%1”: %2', title, phaseText(report, trans)),
          progress: progressOf(report),
          autoClose: false,
          actions: this._cancelled.has(report.report_id)
            ? []
            : [
                {
                  label: trans.__('Cancel'),
                  caption: trans.__('Stop making the report; no file is left'),
                  callback: event => {
                    event.preventDefault();
                    void this._cancel(report);
                  }
                }
              ]
        });
        return;
      case 'done':
        this._end(
          report,
          report.failed_cell
            ? {
                type: 'warning',
                message: trans.__(
                  'Report “%1” is at %2, but cell %3 failed: %4',
                  title,
                  oneLine(report.path),
                  report.failed_cell,
                  oneLine(report.message ?? '', 300)
                ),
                autoClose: false,
                actions: [open]
              }
            : {
                type: 'success',
                message: trans.__(
                  'Report “%1” is at %2',
                  title,
                  oneLine(report.path)
                ),
                autoClose: false,
                actions: [open]
              }
        );
        return;
      case 'cancelled':
        this._end(report, {
          type: 'info',
          message: trans.__('Report “%1” was cancelled.', title),
          autoClose: NOTICE_MS,
          actions: []
        });
        return;
      default:
        this._end(report, {
          type: 'error',
          message: trans.__(
            'Report “%1” could not be made: %2',
            title,
            oneLine(report.message ?? '', 500)
          ),
          autoClose: false,
          actions: []
        });
    }
  }

  private async _cancel(report: Report): Promise<void> {
    this._cancelled.add(report.report_id);
    this._onChanged(null, report);
    try {
      await this._reports.stop(report.report_id);
    } catch (error) {
      this._cancelled.delete(report.report_id);
      Notification.error(failureOf(error).message);
    }
  }

  private _show(report: Report, notice: INotice): void {
    const { message, type, ...options } = notice;
    const id = this._ids.get(report.report_id);
    if (id === undefined) {
      this._ids.set(
        report.report_id,
        Notification.emit(message, type, options)
      );
    } else {
      // One that the user closed is not shown again before the end.
      Notification.update({ id, message, type, ...options });
    }
  }

  private _end(report: Report, notice: INotice): void {
    const id = this._ids.get(report.report_id);
    if (id !== undefined) {
      Notification.dismiss(id);
    }
    this._ids.delete(report.report_id);
    this._cancelled.delete(report.report_id);
    const { message, type, ...options } = notice;
    Notification.emit(message, type, options);
  }

  private _cancelled = new Set<string>();
  private _ids = new Map<string, string>();
}

interface INotice {
  message: string;
  type: Notification.TypeOptions;
  autoClose: number | false;
  progress?: number;
  actions: Notification.IAction[];
}
