/** Reports that the server makes: starts them, follows them until they end, and cancels them. */
import { Signal, type ISignal } from '@lumino/signaling';
import type { IExplorerClient } from '../api/client';
import { failureOf } from '../api/errors';
import type { Report, ReportRequest } from '../api/types';
import { Observable } from './observable';

/** Pause between two looks at a report. */
const INTERVAL_MS = 700;
/** Longest pause, reached when the server does not answer. */
const MAX_INTERVAL_MS = 15_000;

export class ReportsState extends Observable {
  constructor(options: ReportsState.IOptions) {
    super();
    this._client = options.client;
    this._intervalMs = options.intervalMs ?? INTERVAL_MS;
  }

  override dispose(): void {
    super.dispose();
    this._wakeUp.forEach(wakeUp => wakeUp());
  }

  /** Emitted with each report that was looked at, and with its end. */
  get reportChanged(): ISignal<this, Report> {
    return this._reportChanged;
  }

  /** Ids of those followed. */
  get followed(): readonly string[] {
    return [...this._followed];
  }

  /** Ask for a report and follow it; rejects where the server refuses. */
  async start(body: ReportRequest): Promise<Report> {
    const report = await this._client.startReport(body);
    void this._follow(report);
    return report;
  }

  /** Follow the reports that are being made already, as after a reload; never rejects. */
  async resume(): Promise<void> {
    let reports: Report[];
    try {
      reports = await this._client.reports();
    } catch {
      // A server that cannot tell makes none; whoever starts one hears why.
      return;
    }
    for (const report of reports) {
      if (report.state === 'running') {
        void this._follow(report);
      }
    }
  }

  /** Cancel a report; resolves when its processes are gone. Its end is told as any other. */
  async stop(reportId: string): Promise<void> {
    await this._client.removeReport(reportId);
    this._wakeUp.get(reportId)?.();
  }

  private async _follow(report: Report): Promise<void> {
    const id = report.report_id;
    if (this._followed.has(id)) {
      return;
    }
    this._followed.add(id);
    let interval = this._intervalMs;
    let current = report;
    this._reportChanged.emit(current);
    while (current.state === 'running' && !this.isDisposed) {
      await this._pause(id, interval);
      if (this.isDisposed) {
        return;
      }
      try {
        current = await this._client.report(id);
        interval = this._intervalMs;
      } catch (error) {
        const { code, message } = failureOf(error);
        if (code !== 'not_found') {
          interval = Math.min(2 * interval, MAX_INTERVAL_MS);
          continue;
        }
        // Reports end with the server, and it remembers none of an earlier life.
        current = { ...current, state: 'failed', code, message };
      }
      if (!this.isDisposed) {
        this._reportChanged.emit(current);
      }
    }
    this._followed.delete(id);
  }

  /** Wait, unless somebody wants to know sooner. */
  private async _pause(id: string, ms: number): Promise<void> {
    await new Promise<void>(resolve => {
      const timer = setTimeout(resolve, ms);
      this._wakeUp.set(id, () => {
        clearTimeout(timer);
        resolve();
      });
    });
    this._wakeUp.delete(id);
  }

  private _client: IExplorerClient;
  private _followed = new Set<string>();
  private _intervalMs: number;
  private _reportChanged = new Signal<this, Report>(this);
  private _wakeUp = new Map<string, () => void>();
}

/** The namespace for `ReportsState` types. */
export namespace ReportsState {
  /** Options of the constructor. */
  export interface IOptions {
    client: IExplorerClient;
    /** Pause between two looks at a report. */
    intervalMs?: number;
  }
}
