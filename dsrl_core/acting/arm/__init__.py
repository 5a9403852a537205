"""The executor of an arm: chunks, rails and a person's word in; commands, news of the episode and a record out."""
