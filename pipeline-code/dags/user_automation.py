"""Once a day, fetches users and sends them on their way: one run of the producer per DAG run.

The only task asks the producer to make sure that the run exists (`PUT /runs/<run id>`) and repeats that until the run has
ended. The producer answers with the state of the run; asking twice does not start it twice. After a failure the next try of
the task has a higher number, with which the producer goes on from where it stopped.
"""

from datetime import datetime, timedelta

from airflow.providers.http.sensors.http import HttpSensor
from airflow.sdk import Param, dag


def run_ended(response) -> bool:
    run = response.json()
    print({key: value for key, value in run.items() if value is not None})
    if run["state"] == "failed":
        raise RuntimeError(f"the producer gave up: {run.get('error')}")
    return run["state"] == "succeeded"


@dag(
    dag_id="user_automation",
    description="Random users: producer -> Kafka -> Spark -> Cassandra",
    schedule="@daily",
    start_date=datetime(2026, 1, 1),
    catchup=False,
    max_active_runs=1,
    is_paused_upon_creation=False,
    # Outlasts a restart of the whole platform: 5, 10, 20, 40, 60, 60 seconds.
    default_args={
        "retries": 6,
        "retry_delay": timedelta(seconds=5),
        "retry_exponential_backoff": 2,
        "max_retry_delay": timedelta(seconds=60),
    },
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
        endpoint="/runs/{{ run_id | urlencode }}?users={{ params.users or var.value.get('users_per_run', 20) }}"
        "&attempt={{ ti.try_number }}",
        response_check=run_ended,
        # 503: the producer is there, but not yet what it needs.
        response_error_codes_allowlist=["503"],
        extra_options={"timeout": 15},
        poke_interval=1,
        timeout=600,
        mode="poke",
    )


user_automation()
