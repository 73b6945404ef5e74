"""The doors to models: embedding and chat, built in or by any provider litellm knows."""
