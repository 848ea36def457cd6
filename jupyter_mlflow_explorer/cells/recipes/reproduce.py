"""`reproduce`: what is needed to get a run again, and what of it was not recorded."""

from __future__ import annotations

from .. import literals
from ..recipe import Options, Recipe, Source, code, prose
from ..selection import Selection
from . import loading


def write(selection: Selection, options: Options) -> list[Source]:
    """Read tags, params and environment files of the run, then print facts and commands."""
    run = selection.runs[0]
    label = literals.labels([(run.run_id, run.run_name)])[run.run_id]
    return [
        prose(f"### Reproduce run {literals.markdown_code(label)}"),
        code(
            '''
            import json
            import re
            import shlex

            $load


            def one_line(text):
                """Return text that cannot pass for more than one line, without a password in a URI."""
                text = re.sub(r"(\\w://)[^/\\s]*@", r"\\1", text)
                return text if text.isprintable() else repr(text)


            def shell_command(words):
                """Return words as a command on one line, without a password in a URI."""
                words = [re.sub(r"(\\w://)[^/\\s]*@", r"\\1", word) for word in words]
                if all(word.isprintable() for word in words):
                    return shlex.join(words)
                # As bash writes line breaks inside a word.
                quoted = (json.dumps(word, ensure_ascii=False)[1:-1] for word in words)
                return " ".join("$$'" + word.replace("'", "\\\\'") + "'" for word in quoted)


            def environment_files(run):
                """Return a folder and its files that describe the environment: a model's, else the run's."""
                folders = [run.info.artifact_uri]
                for logged in json.loads(run.data.tags.get("mlflow.log-model.history", "[]")):
                    folders.append(f"{run.info.artifact_uri}/{logged['artifact_path']}")
                outputs, models = getattr(run, "outputs", None), []
                for output in outputs.model_outputs if outputs else []:
                    try:
                        models.append(mlflow_client.get_logged_model(output.model_id))
                    except mlflow.exceptions.MlflowException as mlflow_error:
                        print(f"Model {output.model_id} cannot be read:", mlflow_error)
                models.sort(key=lambda model: model.creation_timestamp)
                folders += [model.artifact_location for model in models]
                # What was logged last comes first.
                wanted = ["requirements.txt", "python_env.yaml", "conda.yaml", "environment.yml"]
                for folder in reversed(folders):
                    listed = mlflow.artifacts.list_artifacts(artifact_uri=folder)
                    names = {entry.path.split("/")[-1] for entry in listed if not entry.is_dir}
                    found = [name for name in wanted if name in names]
                    if found:
                        return folder, {
                            name: mlflow.artifacts.load_text(f"{folder}/{name}") for name in found
                        }
                return None, {}


            def reproduction_facts(run, files):
                """Return what was recorded of code, data and environment; None for what was not."""
                recorded = {**run.data.params, **run.data.tags}

                def first(*patterns):
                    """Return the value of the first key that fits a pattern."""
                    for pattern in patterns:
                        for key in sorted(recorded):
                            if re.fullmatch(pattern, key, re.IGNORECASE):
                                return recorded[key]

                facts = {
                    "git commit": first(
                        r"mlflow\\.source\\.git\\.commit",
                        r"git[._-]?(commit|sha|hash|rev(ision)?)([._-]?(sha|hash|id))?",
                        r"commit([._-]?(sha|hash|id))?",
                    ),
                    "git branch": first(r"mlflow\\.source\\.git\\.branch", r"git[._-]?branch"),
                    "git repository": first(
                        r"mlflow\\.source\\.git\\.repoURL", r"(mlflow\\.)?git[._-]?repo([._-]?url)?"
                    ),
                    "uncommitted changes": first(r"mlflow\\.source\\.git\\.dirty", r"git[._-]?dirty"),
                    "source": recorded.get("mlflow.source.name"),
                    "kind of source": recorded.get("mlflow.source.type"),
                }
                if facts["kind of source"] == "PROJECT":
                    facts["entry point"] = recorded.get("mlflow.project.entryPoint")
                # MLflow knows nothing of DVC: people log its hashes under names like these.
                of_data = r"(^|[._-])dvc([._-]|$$)|data.*(md5|sha|hash|digest|checksum|version|rev|commit)"
                hashes = {
                    key: recorded[key]
                    for key in sorted(recorded)
                    if re.search(of_data, key, re.IGNORECASE) and not key.startswith("mlflow.")
                }
                for logged in run.inputs.dataset_inputs if run.inputs else []:
                    name = f"digest of {logged.dataset.name}"
                    hashes[name] = ", ".join(filter(None, [hashes.get(name), logged.dataset.digest]))
                facts.update(hashes or {"data hashes": None})
                version = re.search(
                    r"^[\\s-]*python\\s*[:=]+\\s*([\\d.]+)", "\\n".join(files.values()), re.MULTILINE
                )
                facts["Python"] = version[1] if version else first(r"python[._-]?version")
                for name in ("requirements.txt", "conda.yaml"):
                    facts[name] = f"{len(files[name].splitlines())} lines, below" if name in files else None
                return facts


            def reproduction_commands(run, facts, folder, files):
                """Return the commands that lead to the run again, as far as they are known."""
                params = sorted(run.data.params.items())
                source, repository = facts["source"] or "", facts["git repository"]
                if source.startswith("-"):
                    source = f"./{source}"
                known = re.fullmatch(r"[0-9a-f]{7,64}", facts["git commit"] or "")
                if facts["kind of source"] == "PROJECT":
                    command = ["mlflow", "run", source, "-e", facts["entry point"] or "main"]
                    command += ["--version", known[0]] if known else []
                    command += [word for key, value in params for word in ("-P", f"{key}={value}")]
                    return [shell_command(command)]
                commands = []
                if repository:
                    commands += [["git", "clone", "--", repository, "reproduced-run"], ["cd", "reproduced-run"]]
                if known:
                    commands.append(["git", "checkout", known[0]])
                if any("dvc" in name.lower() for name in facts):
                    commands.append(["dvc", "pull"])
                if "requirements.txt" in files:
                    file = f"{folder}/requirements.txt"
                    server = [f"MLFLOW_TRACKING_URI={mlflow.get_tracking_uri()}"]
                    download = ["mlflow", "artifacts", "download", "-u", file, "-d", "."]
                    commands.append(["env", *server, *download])
                    commands.append(["python", "-m", "pip", "install", "-r", "requirements.txt"])
                if not source.endswith(".py") or "kernel_launcher" in source:
                    print("The run was not logged by a script: put yours in place of SCRIPT.py.")
                    source = "SCRIPT.py"
                command = ["python", source]
                for key, value in params:
                    # After a space, a value with a dash would be taken for an option.
                    command += [f"--{key}={value}"] if value.startswith("-") else [f"--{key}", value]
                return [shell_command(words) for words in [*commands, command]]


            def show_reproduction(run):
                """Print facts, the files of the environment and commands; return the commands."""
                try:
                    folder, files = environment_files(run)
                except (mlflow.exceptions.MlflowException, OSError) as artifact_error:
                    print("The files of the environment cannot be read:", artifact_error)
                    folder, files = None, {}
                facts = reproduction_facts(run, files)
                for name, value in facts.items():
                    print(f"{one_line(name)}:", "missing" if value is None else one_line(value))
                if str(facts["uncommitted changes"]).lower() in ("true", "1", "yes"):
                    print("WARNING: the code had changes that were never committed; the commit lacks them.")
                for name, text in files.items():
                    print(f"\\n{name}:\\n{text}")
                print("\\nCommands (whether the script takes the params as such options is for you to check):")
                commands = reproduction_commands(run, facts, folder, files)
                print("\\n".join(commands))
                return commands


            commands_to_reproduce = []
            if run_to_reproduce is not None:
                commands_to_reproduce = show_reproduction(run_to_reproduce)
            ''',
            load=loading.one_run(selection, "run_to_reproduce"),
        ),
    ]


RECIPE = Recipe(
    name="reproduce",
    version=1,
    title="Reproduce run",
    description="States the code, data, environment and commands that lead to the run again, and what is missing.",
    needs="run",
    write=write,
    min_runs=1,
    max_runs=1,
)
