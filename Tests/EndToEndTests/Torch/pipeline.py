"""Two stages, four micro-batches: begun sends and receives, a batch of both, a group, and a barrier."""
import torch
import torch.distributed as dist

dist.init_process_group("gloo")
rank, size = dist.get_rank(), dist.get_world_size()
pair = dist.new_group([0, 1])
for batch in range(4):
    activation, gradient = torch.full((8,), float(batch)), torch.empty(8)
    if rank == 0:
        request = dist.isend(activation, 1)
        dist.recv(gradient, 1, tag=7)
        request.wait()
    else:
        dist.recv(activation, 0)
        dist.send(activation, 0, tag=7)
other = 1 - rank
works = dist.batch_isend_irecv(
    [dist.P2POp(dist.isend, torch.ones(2), other), dist.P2POp(dist.irecv, torch.empty(2), other)])
for work in works:
    work.wait()
dist.all_reduce(torch.ones(3), group=pair)
work = dist.all_reduce(torch.ones(3), async_op=True)
work.wait()
dist.barrier()
dist.destroy_process_group()
