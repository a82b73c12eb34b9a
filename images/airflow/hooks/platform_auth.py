"""Who may do what in Airflow: FAB's roles, with triggering a run kept apart from pausing a DAG."""

from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.providers.fab.auth_manager.fab_auth_manager import FabAuthManager

READ, CREATE, EDIT, MENU = "can_read", "can_create", "can_edit", "menu_access"

_MONITOR = {
    *(
        (READ, resource)
        for resource in (
            "Website",
            "DAGs",
            "DAG Runs",
            "Task Instances",
            "Task Logs",
            "DAG Versions",
            "DAG Warnings",
            "ImportError",
            "Cluster Activity",
            "Jobs",
            "DAG Dependencies",
            "Assets",
            "Pools",
            # Without this one the list of DAGs in the UI answers 403.
            "HITL Detail",
            "My Profile",
            "My Password",
        )
    ),
    (EDIT, "My Profile"),
    (EDIT, "My Password"),
    *((MENU, menu) for menu in ("Browse", "DAGs", "DAG Runs", "Task Instances", "Jobs", "Cluster Activity")),
}

# FAB's own `Op` may edit connections and its `User` may delete DAGs, so neither is used. `Admin` is FAB's.
ROLES = {
    "OperationsUser": _MONITOR | {(CREATE, "DAG Runs")},
    "DagAuthor": _MONITOR
    | {
        (READ, "DAG Code"),
        (READ, "XComs"),
        (CREATE, "DAG Runs"),
        (EDIT, "DAG Runs"),
        (EDIT, "DAGs"),
        (CREATE, "Task Instances"),
        (EDIT, "Task Instances"),
    },
}

# User name, role, file in /run/secrets with the password.
USERS = (
    ("admin", "Admin", "airflow-admin-password"),
    ("author", "DagAuthor", "airflow-author-password"),
    ("operations", "OperationsUser", "airflow-operations-password"),
)


class PlatformAuthManager(FabAuthManager):
    """FAB asks for "edit DAG" (pause, unpause) before it lets anybody trigger; here triggering needs its own permission only.

    `_is_authorized` is private, so the provider is pinned and the live role matrix fails if it changes.
    """

    def is_authorized_dag(self, *, method, user, access_entity=None, details=None):
        if method == "POST" and access_entity == DagAccessEntity.RUN:
            return self._is_authorized(
                method="POST", resource_type="DAG Runs", user=user
            ) and super().is_authorized_dag(method="GET", user=user, details=details)
        return super().is_authorized_dag(method=method, user=user, access_entity=access_entity, details=details)
