"""Once a day, fetches users and sends them on their way: one run of the producer per DAG run.

The only task asks the producer to make sure that the run exists (`PUT /runs/<run id>`) and repeats that until the run has
ended. A producer that was restarted in between is thereby told about the run again; one that was not answers with its state.
"""

from datetime import datetime, timedelta

from airflow.providers.http.sensors.http import HttpSensor
from airflow.sdk import Param, dag
from airflow.sdk.exceptions import AirflowFailException


def run_ended(response) -> bool:
    run = response.json()
    print({key: value for key, value in run.items() if value is not None})
    if run["state"] == "failed":
        raise AirflowFailException(run.get("error") or "the producer gave up on this run")
    return run["state"] == "succeeded"


@dag(
    dag_id="user_automation",
    description="Random users: producer -> Kafka -> Spark -> Cassandra",
    schedule="@daily",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    default_args={"retries": 5, "retry_delay": timedelta(seconds=5)},
    params={
        "users": Param(
            None,
            type=["null", "integer"],
            minimum=1,
            maximum=5000,
            title="Users",
            description="How many users to fetch. Empty: the deployment's users per run.",
        )
    },
    doc_md=__doc__,
    tags=["streaming"],
)
def user_automation():
    HttpSensor(
        task_id="produce_users",
        http_conn_id="producer",
        method="PUT",
        # In the query, because the sensor sends data of a PUT as a form.
        endpoint="/runs/{{ run_id | urlencode }}?users={{ params.users or var.value.get('users_per_run', 20) }}",
        response_check=run_ended,
        poke_interval=1,
        timeout=600,
        mode="poke",
    )


user_automation()
