"""Something is wrong and a person must act: alarms raised, sent by mail and webhook, acted on and closed."""
