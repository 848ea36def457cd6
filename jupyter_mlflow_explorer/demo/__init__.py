"""Realistic sample runs: two experiments of small real trainings, and everything that real stores hold.

`plan` decides what there will be (pure), `trainings` does the work (scikit-learn), `files` writes artifacts, `hostile`
has the names nobody should use, and `write` puts it all into a store through MLflow. Only importing `write` needs the
packages of the extra ``demo``.
"""
