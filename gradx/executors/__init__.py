"""Where jobs are worked off: `Inline` here, `Pool` in processes, `Slurm` in the queue of a cluster, `Ray` on machines."""
