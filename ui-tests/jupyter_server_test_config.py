"""Configuration of the Jupyter Servers for the browser tests; `serve.py` sets the environment."""

import os
from pathlib import Path

from jupyterlab.galata import configure_jupyter_server

c = get_config()  # noqa: F821
configure_jupyter_server(c)

data = Path(os.environ["UI_DATA"])

c.ServerApp.port = int(os.environ["UI_PORT"])
c.ServerApp.ip = "127.0.0.1"
c.ServerApp.allow_root = True
c.ServerApp.jpserver_extensions = {"jupyter_mlflow_explorer": True}
c.ServerApp.reraise_server_extension_failures = True
c.LabApp.extension_manager = "readonly"
c.LabApp.news_url = None
c.LabApp.check_for_updates_class = "jupyterlab.NeverCheckForUpdate"

c.ExplorerApp.connections = {
    "Demo": f"sqlite:///{data}/demo/mlflow.db",
    "Big": f"sqlite:///{data}/big/mlflow.db",
    "Kinds": f"sqlite:///{data}/kinds/mlflow.db",
    "Folder": f"file://{data}/folder/mlruns",
    "Dead": "http://127.0.0.1:9",
    "Missing": f"sqlite:///{data}/missing.db",
}
c.ExplorerApp.request_timeout_s = 5

if os.environ["UI_KIND"] == "authenticated":
    c.IdentityProvider.token = "ui-test-token"
    c.ServerApp.disable_check_xsrf = False

c.MultiKernelManager.default_kernel_name = "python3"
