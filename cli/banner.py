"""What `mneme up` shows once everything answers, and on the first start the key with calls to paste."""

_FIRST_KEY = """
Your API key, shown only this once (`mneme key create` makes more):

  {key}

Try it:

  curl -s {url}/v1/memories/ -H 'Authorization: Token {key}' -H 'Content-Type: application/json' \\
    -d '{{"messages": [{{"role": "user", "content": "I love TypeScript."}}], "user_id": "alice"}}'

From Python (pip install mem0ai):

  import time
  from mem0 import MemoryClient
  memory = MemoryClient(api_key="{key}", host="{url}")
  memory.add("I am vegetarian.", user_id="alice")  # answers once it is safe, a moment before it can be found
  while not (found := memory.search("What can I cook?", filters={{"user_id": "alice"}})["results"]):
      time.sleep(0.1)
  print(found[0]["memory"])

"""


def ready_line(url: str, took_s: float) -> str:
    """The one line that says where to go."""
    return f"ready in {took_s:.1f} s: {url} (its API: {url}/docs); Ctrl-C stops it"


def first_key(key: str, url: str) -> str:
    """The key and two ways to use it."""
    return _FIRST_KEY.format(key=key, url=url)
