import { nullTranslator } from '@jupyterlab/translation';
import {
  act,
  fireEvent,
  screen,
  waitFor,
  within
} from '@testing-library/react';
import type { INotebookChoice } from '../../notebook/whole';
import {
  NotebookForm,
  type INotebookOffer
} from '../../plugins/notebookdialog';
import { showForm } from '../../plugins/submitdialog';
import { Gate } from '../fakeclient';

const trans = nullTranslator.load('jupyter_mlflow_explorer');

async function show(
  submit: (choice: INotebookChoice, signal: AbortSignal) => Promise<string>,
  offer: Partial<INotebookOffer> = {}
) {
  const answer = showForm({
    title: 'New notebook',
    body: new NotebookForm(
      {
        templates: [
          { name: 'observation', title: 'Observation', source: '' },
          { name: 'odd', title: '', source: 'odd.ipynb', problem: 'no JSON' }
        ],
        metrics: ['auc', '<b>x</b>'],
        groups: ['derived.model', 'params.lr'],
        selected: 2,
        matching: 1542,
        isSearch: true,
        start: {
          title: 'Tumours',
          template: 'observation',
          runs: 'selected',
          rankBy: '',
          groupBy: '',
          sections: 20,
          folder: 'notes',
          file: 'Tumours.ipynb'
        },
        ...offer
      },
      trans
    ),
    submitLabel: 'Create',
    busyText: 'Writing…',
    focusNodeSelector: 'input[name="title"]',
    submit,
    trans
  });
  const dialog = await screen.findByRole('dialog', { hidden: true });
  await within(dialog).findByLabelText('Title');
  // user-event needs ranges, which JupyterLab's test environment replaces.
  const press = (key: string) => fireEvent.keyDown(field('Title'), { key });
  const set = (name: string, value: string) =>
    fireEvent.change(field(name), { target: { value } });
  const field = (name: string) =>
    within(dialog).getByLabelText(name) as HTMLInputElement;
  return { answer, dialog, press, set, field };
}

// Lumino's widgets draw when they want to, which React takes for a mistake of the test.
beforeEach(() => {
  const error = console.error;
  jest.spyOn(console, 'error').mockImplementation((...args: unknown[]) => {
    if (!String(args[0]).includes('not wrapped in act')) {
      error(...args);
    }
  });
});
afterEach(async () => {
  await waitFor(() => expect(document.querySelector('dialog')).toBeNull());
  jest.restoreAllMocks();
});

it('gives what was typed, and lets the file name follow the title until it is typed', async () => {
  const submit = jest.fn(async () => 'notes/x.ipynb');
  const { answer, dialog, press, set, field } = await show(submit);
  expect(dialog.textContent).toContain('The 2 selected');
  expect(dialog.textContent).toContain('All 1,542 that match the search');
  set('Title', 'Heart: A');
  await waitFor(() => expect(field('File name').value).toBe('Heart A.ipynb'));
  set('File name', 'mine');
  set('Title', 'Heart: AB');
  await waitFor(() => expect(field('Title').value).toBe('Heart: AB'));
  expect(field('File name').value).toBe('mine');
  set('Rank by', 'auc');
  set('Group by', 'derived.model');
  fireEvent.click(within(dialog).getByLabelText(/^All 1,542/));
  press('Enter');
  expect(await answer).toBe('notes/x.ipynb');
  expect(submit).toHaveBeenCalledWith(
    expect.objectContaining({
      title: 'Heart: AB',
      file: 'mine',
      folder: 'notes',
      rankBy: 'auc',
      groupBy: 'derived.model',
      runs: 'all',
      sections: 20
    }),
    expect.anything()
  );
});

it('keeps what was typed when the work fails, and can be sent again', async () => {
  const gate = new Gate();
  const submit = jest
    .fn<Promise<string>, []>()
    .mockImplementationOnce(async () => {
      await gate.promise;
      throw new Error('Tumours.ipynb exists already. Choose another name.');
    })
    .mockResolvedValue('done');
  const { answer, dialog, press, set, field } = await show(submit);
  const create = within(dialog).getByText('Create').closest('button')!;
  set('Title', 'Tumours!');
  press('Enter');
  await within(dialog).findByText('Writing…');
  expect(create.getAttribute('aria-disabled')).toBe('true');
  fireEvent.click(create);
  await act(async () => gate.open());
  const alert = await within(dialog).findByRole('alert', { hidden: true });
  expect(alert.textContent).toContain('exists already');
  expect(field('Title').value).toBe('Tumours!');
  expect(create.getAttribute('aria-disabled')).toBe('false');
  expect(submit).toHaveBeenCalledTimes(1);
  fireEvent.click(create);
  expect(await answer).toBe('done');
});

it('aborts the work on Escape and returns nothing', async () => {
  let signal: AbortSignal | undefined;
  const { answer, dialog, press } = await show((_, given) => {
    signal = given;
    return new Promise((_, reject) =>
      given.addEventListener('abort', () => reject(new Error('aborted')))
    );
  });
  press('Enter');
  await within(dialog).findByText('Writing…');
  press('Escape');
  expect(await answer).toBeNull();
  expect(signal?.aborted).toBe(true);
});

it('asks again before anybody is asked where a field is wrong', async () => {
  const submit = jest.fn(async () => 'done');
  const { answer, dialog, press, set } = await show(submit, {
    selected: 0,
    matching: null,
    isSearch: false
  });
  expect(dialog.textContent).toContain('All of the chosen experiments');
  // A template that cannot be used is named, with the reason, and cannot be chosen.
  const odd = within(dialog).getByText('odd (cannot be used)');
  expect((odd as HTMLOptionElement).disabled).toBe(true);
  expect(odd.title).toBe('no JSON');
  set('Folder', '../up');
  press('Enter');
  const alert = await within(dialog).findByRole('alert', { hidden: true });
  expect(alert.textContent).toContain('below the server’s root');
  expect(submit).not.toHaveBeenCalled();
  press('Escape');
  expect(await answer).toBeNull();
});
