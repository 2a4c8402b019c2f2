"""Where jobs are worked off: `Inline` here, `Pool` in processes, `Slurm` in a queue, `Ray` on several machines."""
